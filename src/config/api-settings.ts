import path from 'node:path';
import { z } from 'zod';
import { HOUR_MS, KIB, MIB } from '../core/units.ts';
import { flag, isProduction, list, ms, number, oneOf, optional, type Described } from './setting.ts';

const api = (name: string, meaning: string): Described => ({ group: 'API', name, meaning });

/** `field=number`. */
const FieldLimit = z
  .string()
  .regex(/^[A-Za-z_]\w*=[1-9]\d{0,8}$/, 'must be field=number, for example startExecution=600')
  .transform((value): readonly [string, number] => {
    const [field = '', max = ''] = value.split('=');
    return [field, Number(max)];
  });

/** What clients may ask for, and how much at once. */
export const API = {
  maxLagMs: number(
    api('ICEOS_MAX_LAG_MS', 'How far a subscriber may fall behind before its stream ends with StreamLagged.'),
    { ...ms, min: 1_000, max: HOUR_MS },
    30_000,
  ),
  liveTextBytes: number(
    api(
      'ICEOS_LIVE_TEXT_BYTES',
      'Memory for the text and log of running attempts, of all together. Over it what ended is dropped first, then what was silent for longest; readers are told that it is missing.',
    ),
    { unit: 'bytes', min: MIB, max: 4 * 1024 * MIB },
    64 * MIB,
  ),
  maxDepth: number(
    api('ICEOS_MAX_DEPTH', 'How deep a GraphQL operation may nest.'),
    { unit: 'levels', min: 1, max: 100 },
    16,
  ),
  maxPageSize: number(
    api('ICEOS_MAX_PAGE_SIZE', 'The most that one page of a list holds.'),
    { unit: 'items', min: 1, max: 100 },
    100,
  ),
  maxComplexity: number(
    api(
      'ICEOS_MAX_COMPLEXITY',
      'The most objects that the answer to one operation may have, by the sizes of its pages; the description of Query says how it is counted.',
    ),
    { unit: 'objects', min: 100, max: 10_000_000 },
    25_000,
  ),
  maxUsageGroups: number(
    api('ICEOS_MAX_USAGE_GROUPS', 'The most groups that one answer of usageTotals has, such as days or models.'),
    { unit: 'groups', min: 1, max: 10_000 },
    1_000,
  ),
  httpProfile: oneOf(
    api(
      'ICEOS_HTTP_PROFILE',
      'How answers over HTTP are marked. default: as clients know it. draft: by GraphQL over HTTP of September 2026, with 294 where fields failed and 422 for what cannot be carried out.',
    ),
    ['default', 'draft'],
    'default',
  ),
  maxBodyBytes: number(
    api('ICEOS_MAX_BODY_BYTES', 'The largest request.'),
    { unit: 'bytes', min: KIB, max: 1_024 * MIB },
    20 * MIB,
  ),
  maxCostPerMinute: number(
    api(
      'ICEOS_MAX_COST_PER_MINUTE',
      'Complexity that the operations of one viewer may come to in a minute; what an answer did not use is given back.',
    ),
    { unit: 'objects', min: 100, max: 1_000_000_000 },
    2_000_000,
  ),
  rateLimits: list(
    api(
      'ICEOS_RATE_LIMITS',
      'Calls a minute of one viewer, by root field, in place of what the descriptions of the schema say: startExecution=600.',
    ),
    'field=number, by comma',
    FieldLimit,
  ),
  rateLimitStore: oneOf(
    api(
      'ICEOS_RATE_LIMIT_STORE',
      'Where these are counted. memory: each process counts for itself. database: all gateways of one database count together, for one statement more per operation.',
    ),
    ['memory', 'database'],
    'memory',
  ),
  maxSockets: number(
    api('ICEOS_MAX_SOCKETS', 'WebSockets that one process holds; a further one gets 503.'),
    { unit: 'sockets', min: 1, max: 1_000_000 },
    20_000,
  ),
  maxSocketsPerViewer: number(
    api('ICEOS_MAX_SOCKETS_PER_VIEWER', 'Those of one viewer; a further one is closed with 1013, to try again later.'),
    { unit: 'sockets', min: 1, max: 1_000_000 },
    10_000,
  ),
  maxOperationsPerSocket: number(
    api('ICEOS_MAX_OPERATIONS_PER_SOCKET', 'Subscriptions and other operations that run on one socket at once.'),
    { unit: 'operations', min: 1, max: 10_000 },
    200,
  ),
  maxMessagesPerSecond: number(
    api(
      'ICEOS_MAX_MESSAGES_PER_SECOND',
      'Messages that a client may send on one socket; one that sends more is closed with 1008.',
    ),
    { unit: 'messages', min: 10, max: 1_000_000 },
    500,
  ),
  maxBufferedBytes: number(
    api(
      'ICEOS_MAX_BUFFERED_BYTES',
      'What may wait in one socket for its client to read; beyond it the stream waits, and falls behind.',
    ),
    { unit: 'bytes', min: 16 * KIB, max: 1_024 * MIB },
    MIB,
  ),
  maxEventStreams: number(
    api('ICEOS_MAX_EVENT_STREAMS', 'Streams of server-sent events that one process holds; a further one gets 429.'),
    { unit: 'streams', min: 1, max: 1_000_000 },
    20_000,
  ),
  maxEventStreamsPerViewer: number(
    api('ICEOS_MAX_EVENT_STREAMS_PER_VIEWER', 'Those of one viewer; a further one gets 429.'),
    { unit: 'streams', min: 1, max: 1_000_000 },
    10_000,
  ),
  stalledStreamMs: number(
    api(
      'ICEOS_STALLED_STREAM_MS',
      'How long a reader of server-sent events may leave a full connection unread before it is cut; its cursor stays good.',
    ),
    { ...ms, min: 1_000, max: HOUR_MS },
    30_000,
  ),
  operationTimeoutMs: number(
    api('ICEOS_OPERATION_TIMEOUT_MS', 'How long a query or a mutation may take before it is answered with an error.'),
    { ...ms, min: 100, max: HOUR_MS },
    30_000,
  ),
  trustedDocumentsFile: {
    ...optional(
      api(
        'ICEOS_TRUSTED_DOCUMENTS',
        'JSON file of operations by their hash, such as persisted-documents.json of the codegen preset. Clients send the hash alone, as extensions.persistedQuery.sha256Hash.',
      ),
      'path',
      z.string(),
    ),
    schema: z.string().transform((value) => path.resolve(value)),
  },
  trustedDocumentsOnly: flag(
    api(
      'ICEOS_TRUSTED_DOCUMENTS_ONLY',
      'Whether operations other than those, and those of the command line of this release, are refused.',
    ),
    'off',
    () => false,
  ),
  graphiql: flag(
    api('ICEOS_GRAPHIQL', 'Whether /graphql shows the playground to browsers.'),
    'on, in production off',
    (env) => !isProduction(env),
  ),
  introspection: flag(
    api('ICEOS_INTROSPECTION', 'Whether clients may ask for the schema.'),
    'on, in production off',
    (env) => !isProduction(env),
  ),
};
