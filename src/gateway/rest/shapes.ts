import { z } from 'zod';
import { Blueprint } from '../../blueprint/blueprint.ts';
import { JsonValue } from '../../blueprint/json-value.ts';
import { UPDATE_OUTCOMES } from '../../use-cases/blueprint-deps.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../connection.ts';
import { PROBLEM_STATUS, type HttpProblemCode } from './refused.ts';

const Version = z.int().min(1);
const Instant = z.iso.datetime();

/** The document itself, as it is stored, sent and edited. */
export const Document = Blueprint.meta({ id: 'Blueprint' });

export const BlueprintSummary = z
  .object({
    id: z.string().describe('Global and stable; the same as `Blueprint.id` in GraphQL.'),
    name: z.string().describe('Unique in the tenant among those that are not deleted.'),
    version: Version.describe('What `X-Version-Lock` is held against.'),
    fingerprint: z.string().describe('Equal fingerprints: nothing meaningful differs.'),
    publishedVersion: Version.nullable().describe('What runs when no version is named.'),
    createdAt: Instant,
    updatedAt: Instant,
    archivedAt: Instant.nullable(),
    deletedAt: Instant.nullable(),
  })
  .meta({ id: 'BlueprintSummary', description: 'A blueprint without its document.' });
export type BlueprintSummary = z.infer<typeof BlueprintSummary>;

export const BlueprintPage = z
  .object({
    items: z.array(BlueprintSummary).max(MAX_PAGE_SIZE),
    nextCursor: z.string().nullable().describe('Pass it as `after`. Null: this is the last page.'),
  })
  .meta({ id: 'BlueprintPage', description: 'One page of the list, by name.' });
export type BlueprintPage = z.infer<typeof BlueprintPage>;

export const ChangedBlueprint = z
  .object({
    outcome: z
      .enum(UPDATE_OUTCOMES)
      .describe('`unchanged`: it was so already, and there is no new version. `merged`: with what others had changed.'),
    blueprint: BlueprintSummary,
  })
  .meta({ id: 'ChangedBlueprint', description: 'An accepted change.' });
export type ChangedBlueprint = z.infer<typeof ChangedBlueprint>;

const Issue = z
  .object({
    rule: z.string(),
    path: z.string().describe('JSON Pointer (RFC 6901) into the document; empty: the whole of it.'),
    message: z.string(),
    line: z.int().min(1).optional(),
    column: z.int().min(1).optional(),
  })
  .meta({ id: 'Issue', description: 'One fault.' });

export const Problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().describe('What is wrong, and what to do.'),
    code: z.enum(Object.keys(PROBLEM_STATUS) as HttpProblemCode[]).describe('What programs act on.'), // keys of an object literal are its keys
    errorId: z.string().optional().describe('Of INTERNAL: stands in the log of the server.'),
    retryAfterMs: z.int().min(1).optional().describe('Of RATE_LIMITED.'),
    issues: z.array(Issue).optional().describe('Of INVALID_BLUEPRINT.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

const Place = JsonValue.optional();

export const Conflict = Problem.extend({
  code: z.literal('VERSION_CONFLICT'),
  expectedVersion: Version.describe('As you gave it.'),
  actualVersion: Version.describe('What it is now.'),
  mergeable: z.boolean().describe('The same request with `X-On-Conflict: merge` would be accepted now.'),
  current: z.object({
    blueprint: BlueprintSummary,
    document: Document.optional().describe('For viewers with the scope blueprints:read.'),
  }),
  base: z
    .object({ version: Version, document: Document.optional().describe('As in `current`.') })
    .nullable()
    .describe('What you started from; null when there never was such a version.'),
  changes: z
    .array(
      z.object({
        node: z.string().optional().describe('The top-level node; absent outside nodes.'),
        path: z.string().describe('JSON Pointer (RFC 6901) to the place.'),
        side: z.enum(['yours', 'theirs', 'both']),
        base: Place.describe('Absent where the place is absent.'),
        yours: Place.describe('As `base`.'),
        theirs: Place.describe('As `base`.'),
      }),
    )
    .max(1_000)
    .describe('Every place that either side changed since `base`.'),
}).meta({ id: 'VersionConflict', description: 'Somebody else wrote first: enough for a three-way merge.' });
export type Conflict = z.infer<typeof Conflict>;

/** All of them stand in the description by their names. */
export const SHAPES = { Document, BlueprintPage, ChangedBlueprint, Problem, Conflict };

export const ListQuery = z.strictObject({
  first: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_PAGE_SIZE)
    .default(DEFAULT_PAGE_SIZE)
    .describe('The most items of the page.'),
  after: z.string().optional().describe('`nextCursor` of the page before.'),
  archived: z.enum(['true', 'false']).default('false').describe('true: archived ones too.'),
  nameContains: z.string().optional().describe('Only those whose name has this in it; case does not matter.'),
});

export const MergePatch = z
  .record(z.string(), z.unknown())
  .describe('Of the document (RFC 7396): members replace members, null removes them, objects are patched within.');

export const PublishBody = z
  .strictObject({ version: Version.optional().describe('An older version; default: the one in X-Version-Lock.') })
  .describe('May be left out.');
