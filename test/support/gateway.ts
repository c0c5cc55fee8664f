import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { startApp } from '../../src/app.ts';
import { openAuthenticate } from '../../src/app/open-authenticate.ts';
import { parseConfig, type Environment } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DEFAULT_TENANT, type TenantId } from '../../src/core/ids.ts';
import { DEFAULT_OPERATION_LIMITS } from '../../src/gateway/admit.ts';
import type { UseCases } from '../../src/gateway/context.ts';
import { createGateway, type GatewaySettings } from '../../src/gateway/server.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import type { Authenticate } from '../../src/use-cases/authenticate.ts';
import { createCreateApiKey } from '../../src/use-cases/create-api-key.ts';
import { SCOPES, type ViewerScope } from '../../src/use-cases/viewer.ts';
import { openTestDatabase, type ServerTestDatabase } from './database.ts';
import type { TestIssuer } from './issuer.ts';

/** What a GraphQL server answers. */
export const GraphQLAnswer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(z.looseObject({ message: z.string(), extensions: z.record(z.string(), z.unknown()).optional() }))
    .optional(),
});
export type GraphQLAnswer = z.infer<typeof GraphQLAnswer>;

export interface TestGatewayOptions {
  readonly environment?: Environment;
  readonly settings?: Partial<GatewaySettings>;
  /** Exchanges use cases, to make the outside fail. */
  readonly useCases?: (real: UseCases) => UseCases;
  /** Exchanges the look-up of keys, to make the database fail. */
  readonly authenticate?: (real: Authenticate) => Authenticate;
  /** Of the issuer whose tokens are taken too. */
  readonly issuer?: TestIssuer;
}

/** A gateway on a free port, with the whole application behind it on a fresh database. */
export interface TestGateway {
  readonly url: string;
  readonly key: string;
  readonly database: ServerTestDatabase;
  readonly useCases: UseCases;
  /** Bugs that were reported, with the `errorId` that the client was told. */
  readonly bugs: readonly { readonly error: unknown; readonly errorId: string }[];
  /** Open subscriptions at the moment. */
  readonly subscriptions: number;
  /** Operations that ran, and how they ended: `query succeeded`; and what was refused before: `too soon`, `unauthenticated: missing`, `no room: ws`. */
  readonly observed: readonly string[];
  createKey(key?: {
    tenant?: TenantId;
    name?: string;
    scopes?: readonly ViewerScope[];
    expiresAt?: number;
  }): Promise<string>;
  /** Runs one operation with a key of all scopes, unless another is given. */
  run(query: string, variables?: Record<string, unknown>, key?: string): Promise<GraphQLAnswer>;
  /** Ends the gateway alone, as at a restart. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const SETTINGS: GatewaySettings = {
  host: '127.0.0.1',
  port: 0,
  allowedHosts: [],
  allowedOrigins: [],
  metricsToken: undefined,
  graphiql: true,
  httpProfile: 'default',
  maxBodyBytes: 4 * 1024 * 1024,
  limits: DEFAULT_OPERATION_LIMITS,
  sockets: {
    ...{ maxSockets: 1_000, maxSocketsPerViewer: 1_000 },
    ...{ maxOperationsPerSocket: 100, maxMessagesPerSecond: 1_000, maxBufferedBytes: 1_048_576 },
  },
  eventStreams: { maxEventStreams: 1_000, maxEventStreamsPerViewer: 1_000, stalledStreamMs: 30_000 },
  operationTimeoutMs: 30_000,
  maxCostPerMinute: 2_000_000,
  rateLimits: new Map(),
  trustedDocuments: new Map(),
  trustedDocumentsOnly: false,
  trustedProxies: [],
  maxFailedAuthentications: 1_000,
  maxFailedAddresses: 1_000,
};

export async function startTestGateway({
  environment,
  settings,
  useCases,
  authenticate = (real) => real,
  issuer,
}: TestGatewayOptions = {}): Promise<TestGateway> {
  const database = await openTestDatabase();
  const config = testConfig(database.url, { ...issuer?.settings, ...environment });
  const app = await startApp({ config, logger: createLogger({ level: 'silent' }) });
  const authenticators = await openAuthenticate({ config, clock: systemClock, store: database.stores });
  const { credentials } = database.stores;
  const newId = (): string => uuidv7();
  const bugs: { error: unknown; errorId: string }[] = [];
  const observed: string[] = [];
  let subscriptions = 0;
  const gateway = createGateway({
    settings: { ...SETTINGS, ...settings },
    useCases: useCases?.(app.useCases) ?? app.useCases,
    authenticate: authenticate(authenticators.authenticate),
    authenticateTicket: authenticators.authenticateTicket,
    newId,
    reportBug: (error, errorId) => bugs.push({ error, errorId }),
    onSubscription: (change) => (subscriptions += change),
    observer: {
      onOperation: ({ type, outcome }) => observed.push(`${type} ${outcome}`),
      onRateLimited: () => observed.push('too soon'),
      onFailedAuthentication: (cause) => observed.push(`unauthenticated: ${cause}`),
      onRefusedStream: (transport) => observed.push(`no room: ${transport}`),
    },
    findUnreadiness: () => Promise.resolve(undefined),
    renderMetrics: () => Promise.resolve({ contentType: 'text/plain', text: 'iceos_test 1\n' }),
  });
  await gateway.start(new AbortController().signal);
  const createKey: TestGateway['createKey'] = async (wanted = {}) => {
    const { tenant = DEFAULT_TENANT, name = 'test', scopes = SCOPES, expiresAt } = wanted;
    const minter = { tenant, subject: 'test', scopes: new Set(SCOPES) };
    // A key that has expired was made before that.
    const clock = { ...systemClock, now: () => Math.min(Date.now(), (expiresAt ?? Infinity) - 1) };
    const createApiKey = createCreateApiKey({ credentials, clock, newId, maxKeys: 1_000 });
    const made = await createApiKey(minter, { name, scopes, expiresAt });
    if (!made.ok) throw new Error(made.error.message);
    return made.value.key;
  };
  const key = await createKey();
  return {
    observed,
    url: gateway.url,
    key,
    database,
    useCases: app.useCases,
    bugs,
    get subscriptions() {
      return subscriptions;
    },
    createKey,
    async run(query, variables = {}, by = key) {
      const response = await postGraphQL(gateway.url, { query, variables }, { authorization: `Bearer ${by}` });
      return GraphQLAnswer.parse(await response.json());
    },
    stop: () => gateway.close(),
    async close() {
      await gateway.close();
      await app.close();
      await database.close();
    },
  };
}

/** Posts a body as JSON, as most clients do. */
export const postGraphQL = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

function testConfig(databaseUrl: string, environment: Environment = {}) {
  const config = parseConfig({
    ...environment,
    DATABASE_URL: databaseUrl,
    ICEOS_PORT: '0',
    ICEOS_ROLE: 'gateway',
    ICEOS_LOG_LEVEL: 'silent',
    NODE_ENV: 'test',
  });
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  return config.value;
}
