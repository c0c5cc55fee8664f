import { randomInt } from 'node:crypto';
import { Client, Pool, type ClientConfig } from 'pg';
import type { Clock } from '../core/clock.ts';
import type { TenantId } from '../core/ids.ts';
import { SECOND_MS } from '../core/units.ts';
import type { Crossing } from './crossings.ts';
import { EMBEDDED_NOTICE, openEmbeddedDatabase } from './embedded-database.ts';
import { migrateDatabase } from './migrate.ts';
import { createPooledSession } from './pooled-session.ts';
import { ORCHESTRATOR_ROLE, TAKE_ROLE, TenantRolesError } from './roles.ts';
import { createSession, type Session } from './session.ts';
import { accessOf, accessOfTenant, type Access } from './tenant-access.ts';
import { DatabaseUnavailableError, toStoreError } from './unavailable.ts';

export interface DatabaseOptions {
  /** A Postgres server; absent: the embedded database in `dataDir`. */
  readonly url?: string | undefined;
  readonly dataDir: string;
  /** Absolute path of the bundle of embedded-database-thread.ts. */
  readonly threadFile: string;
  /** Absolute path of `migrations`. */
  readonly migrationsFolder: string;
  readonly clock: Clock;
  /** Connections for ordinary queries; three more are kept for the journal, the heartbeat and LISTEN. */
  readonly poolSize?: number;
  /** How long the start waits for a server that does not answer yet. */
  readonly startWithinMs?: number;
}

/**
 * The one way to the database, the same for a server and for the embedded one. Its own rights are the orchestrator's, for all
 * tenants: stores take them for what orchestrators do, and `of` or `across` for the rest.
 */
export interface Database extends Access {
  readonly kind: 'postgres' | 'embedded';
  /** A number of this opening's own, by which its session locks are told from those of other processes. */
  readonly instance: number;
  /** What the operator should be told at start-up. */
  readonly notice: string | undefined;
  /** For what is asked of one tenant: another's rows are not there. */
  of(tenant: TenantId): Access;
  /** For what clients cause that no tenant can be named for. */
  across(crossing: Crossing): Access;
  /** The batcher's own connection. */
  readonly journal: Session;
  /** Heartbeats, and the advisory lock by which others know that this process lives. */
  readonly heartbeat: Session;
  readonly listener: Session;
  /** Rejects with `DatabaseUnavailableError` when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 30 * SECOND_MS;
const SESSION_TIMEOUT_MS = 10 * SECOND_MS;

/** When the client's own timeout comes, the server is silent, not slow: the server's would have come first. */
const timeouts = (statementMs: number): ClientConfig => ({
  statement_timeout: statementMs,
  // A process that is stopped in the middle of a transaction keeps what it has locked no longer than that.
  idle_in_transaction_session_timeout: statementMs,
  query_timeout: statementMs + 2 * SECOND_MS,
});

/** Whatever the login may do: from its first statement on a connection has the rights of this role. */
const AS_ORCHESTRATOR: ClientConfig = { options: `-c role=${ORCHESTRATOR_ROLE}` };

/** A search by meaning writes a long sum out: compiling one of 512 products took 1 to 18 s, more than it could save. */
const NO_JIT: ClientConfig = { options: `${AS_ORCHESTRATOR.options} -c jit=off` };

/** Settings under which the journal's statements keep the plan that was measured: nested loops by key, planned once. */
const JOURNAL_SETTINGS = [
  "set plan_cache_mode = 'force_generic_plan'",
  'set enable_seqscan = off',
  'set enable_mergejoin = off',
  'set jit = off',
].join('; ');

/** Opens the database and brings its schema up to date. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined ? await openEmbedded(options) : await openServer(options.url, options);
}

const newInstance = (): number => randomInt(1, 2 ** 31);

/** The ways to the tables over one pool, and whether it answers at all. */
function waysOf(pool: Pool): Access & Pick<Database, 'of' | 'across' | 'ping'> {
  const access = accessOf(pool);
  const across: Database['across'] = () => access;
  return {
    ...access,
    of: (tenant) => accessOfTenant(pool, tenant),
    across,
    async ping() {
      await across('ping').query({ text: 'select 1' });
    },
  };
}

async function openServer(url: string, options: DatabaseOptions): Promise<Database> {
  const { clock, poolSize = 10, startWithinMs = 10 * SECOND_MS } = options;
  const config = (purpose: string): ClientConfig => ({
    connectionString: url,
    application_name: purpose,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5 * SECOND_MS,
    connectionTimeoutMillis: 5 * SECOND_MS,
  });
  await migrateServer(() => new Client(config('iceos migrations')), { ...options, startWithinMs });

  const pool = new Pool({ ...config('iceos'), max: poolSize, ...timeouts(STATEMENT_TIMEOUT_MS), ...NO_JIT });
  // An idle connection was lost: the pool has already dropped it, and the next query opens another.
  pool.on('error', () => undefined);
  const sessionOf = (purpose: string): Session =>
    createSession({
      clock,
      newClient: () =>
        new Client({ ...config(`iceos ${purpose}`), ...timeouts(SESSION_TIMEOUT_MS), ...AS_ORCHESTRATOR }),
    });
  const journal = sessionOf('journal');
  const heartbeat = sessionOf('heartbeat');
  const listener = sessionOf('listener');
  await journal.onConnect(async (ask) => {
    await ask({ text: JOURNAL_SETTINGS });
  });
  await Promise.all([journal, heartbeat, listener].map((session) => session.ready(startWithinMs)));
  try {
    await requireRole(pool);
  } catch (error) {
    await closeAll([journal, heartbeat, listener], pool);
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    kind: 'postgres',
    instance: newInstance(),
    notice: undefined,
    ...waysOf(pool),
    journal,
    heartbeat,
    listener,
    close: () => (closing ??= closeAll([journal, heartbeat, listener], pool)),
  };
}

/** What a URL or a pooler says of its own takes the place of what a connection starts with: then tenants are not kept apart. */
async function requireRole(pool: Pool): Promise<void> {
  const { rows } = await accessOf(pool).query<{ readonly user: string }>({ text: 'select current_user::text as user' });
  const user = rows[0]?.user;
  if (user === ORCHESTRATOR_ROLE) return;
  throw new TenantRolesError(
    `Tenants cannot be kept apart: connections run as "${user}" and not as ${ORCHESTRATOR_ROLE}, as their startup option "role" is ` +
      'lost. Take "options" out of DATABASE_URL; a pooler in between must hand startup options on (PgBouncer: session mode, ' +
      '"options" not among ignore_startup_parameters), or connect to Postgres itself.',
  );
}

async function closeAll(sessions: readonly Session[], pool: Pool): Promise<void> {
  await Promise.all(sessions.map((session) => session.close()));
  await pool.end();
}

async function migrateServer(
  newClient: () => Client,
  { clock, startWithinMs, migrationsFolder }: DatabaseOptions & { readonly startWithinMs: number },
): Promise<void> {
  const giveUpAtMs = clock.monotonicMs() + startWithinMs;
  for (;;) {
    const client = newClient();
    client.on('error', () => undefined);
    try {
      await client.connect();
      await migrateDatabase(client, migrationsFolder);
      return;
    } catch (error) {
      const failure = toStoreError(error);
      if (!(failure instanceof DatabaseUnavailableError) || clock.monotonicMs() >= giveUpAtMs) throw failure;
      await clock.delay(200, AbortSignal.timeout(startWithinMs)).catch(() => undefined);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function openEmbedded({ dataDir, threadFile, migrationsFolder }: DatabaseOptions): Promise<Database> {
  const embedded = await openEmbeddedDatabase({ dataDir, threadFile });
  const session = createPooledSession(() => pool);
  let migrated = false;
  // One connection: what pg queues in front of it, it carries out in order.
  const pool: Pool = new Pool({
    stream: () => embedded.connect(),
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    max: 1,
    idleTimeoutMillis: 0,
    // The pool waits for the promise (pg-pool 3.11 and later), which its types do not say yet.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- see above
    async onConnect(client) {
      // The database's one session outlives its clients; nothing of an earlier one may remain.
      await client.query('rollback');
      await client.query('discard all');
      await client.query(JOURNAL_SETTINGS);
      if (migrated) await client.query(TAKE_ROLE);
      await session.setUp(client);
    },
  });
  pool.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await pool.end().catch(() => undefined);
    await embedded.close();
  };
  try {
    await migrateEmbedded(pool, migrationsFolder);
    migrated = true;
  } catch (error) {
    await close();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    kind: 'embedded',
    instance: newInstance(),
    notice: EMBEDDED_NOTICE,
    ...waysOf(pool),
    journal: session,
    heartbeat: session,
    listener: session,
    close: () => (closing ??= close()),
  };
}

async function migrateEmbedded(pool: Pool, migrationsFolder: string): Promise<void> {
  const client = await pool.connect();
  try {
    await migrateDatabase(client, migrationsFolder);
    await client.query('create extension if not exists vector');
    // Nobody else can have the directory, so whoever held a lease is dead: a restart waits for nothing.
    await client.query('delete from orchestrators');
    await client.query(TAKE_ROLE);
  } finally {
    client.release();
  }
}
