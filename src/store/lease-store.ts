import type { ExecutionId, OrchestratorId, TenantId } from '../core/ids.ts';
import { EVENT_FORMAT } from '../execution/events.ts';
import { STATUS_CODES } from '../execution/status.ts';
import type { Database } from './database.ts';
import { LISTENER_LOCKS } from './notifications.ts';

export interface Lease {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  /** Grows with each claim; what is written under an older one is refused. */
  readonly token: number;
  readonly lastSequence: number;
  /** True when the owner before died with the lease (not: gave it back). */
  readonly previousOwnerDied: boolean;
  /** For how many milliseconds it was due when it was claimed; undefined where it was not. */
  readonly dueForMs: number | undefined;
}

/** Who owns which execution. Expiry is judged by the database's clock alone. */
export interface LeaseStore {
  /**
   * Adds this incarnation's row and takes its session advisory lock. `onLockLost` hears when that may be gone: from then
   * on others may claim what this incarnation holds.
   */
  register(id: OrchestratorId, leaseMs: number, onLockLost?: () => void): Promise<void>;
  /** Renews the row; answers the database's present instant, and whether row and lock were still there. */
  heartbeat(
    id: OrchestratorId,
    leaseMs: number,
  ): Promise<{ readonly alive: boolean; readonly databaseNow: number; readonly othersAlive: boolean }>;
  /** Claims up to `limit` executions that are due or whose owner is gone, oldest first. */
  claimDue(id: OrchestratorId, limit: number): Promise<readonly Lease[]>;
  /** Claims one, when nobody living holds it. */
  claim(id: OrchestratorId, executionId: ExecutionId): Promise<Lease | undefined>;
  /** Own executions whose `due_at` has come (somebody appended a request), for an owner whose hint was lost. */
  ownDue(id: OrchestratorId): Promise<readonly ExecutionId[]>;
  /** Unfinished executions under this owner: a claim whose answer was lost is found only here. At most 10,000. */
  owned(id: OrchestratorId): Promise<readonly Lease[]>;
  /** Gives the lease up until `dueAt` (null: until a request comes); `moved` when events came in between. What is paused stays so. */
  park(request: {
    readonly executionId: ExecutionId;
    readonly token: number;
    readonly lastSequence: number;
    readonly dueAt: number | null;
    readonly status: 'waiting' | 'running' | 'pending';
  }): Promise<'parked' | 'moved' | 'stale'>;
  /** Gives back all leases at a shutdown, due at once. */
  releaseAll(id: OrchestratorId): Promise<void>;
  /** Removes the row: the incarnation is over. */
  unregister(id: OrchestratorId): Promise<void>;
}

export interface LeaseStoreDeps {
  readonly database: Pick<Database, 'query' | 'heartbeat' | 'journal' | 'instance'>;
}

// Class of the advisory locks by which a process shows that it lives: "ice" in hex.
const ALIVE_LOCKS = 0x69_63_65;

// Shared, as two incarnations may have one hash: they would then pass for alive together, until the row expires.
const LOCK_OF = (id: string): string => `${ALIVE_LOCKS}, hashtext(${id}::text)`;

// Processes that listen for hints hold a lock of their own, gateways too, which have no row.
const OTHERS_LISTEN = `exists (
  select from pg_locks where locktype = 'advisory' and classid = ${LISTENER_LOCKS} and objid <> $3::oid and granted
    and database = (select oid from pg_database where datname = current_database()))`;

const IS_LOCKED = `exists (
  select from pg_locks where locktype = 'advisory' and classid = ${ALIVE_LOCKS} and objsubid = 2 and granted
    and objid = (hashtext($1::text)::int8 & 4294967295)::oid and pid = pg_backend_pid()
    and database = (select oid from pg_database where datname = current_database()))`;

/**
 * Owners that are gone: no row, a row that has expired by the database's clock, or a session lock that Postgres has
 * freed because the process died. Distinct owners are found by hopping along the index, however many executions run.
 */
const DEAD_OWNERS = `owners as (
    (select lease_owner as id from executions where lease_owner is not null order by lease_owner limit 1)
    union all
    select (select e.lease_owner from executions e where e.lease_owner > o.id order by e.lease_owner limit 1)
    from owners o where o.id is not null),
  locked as materialized (
    select objid from pg_locks
    where locktype = 'advisory' and classid = ${ALIVE_LOCKS} and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database())),
  dead as materialized (
    select o.id from owners o
    where o.id is not null and o.id <> $1 and not exists (
      select from orchestrators r
      where r.id = o.id and r.expires_at > clock_timestamp()
        and (hashtext(r.id::text)::int8 & 4294967295)::oid in (select objid from locked)))`;

// Whoever takes it may append what older releases do not know: they leave it from then on.
const TAKE = `update executions e set lease_owner = $1, lease_token = e.lease_token + 1, due_at = null,
    event_format = greatest(e.event_format, ${EVENT_FORMAT})
  from candidates c where e.id = c.id
  returning e.id, e.tenant, e.lease_token::float8 as token, e.last_sequence, c.lease_owner is not null as owner_died,
    (extract(epoch from clock_timestamp() - c.due_at) * 1000)::float8 as due_for`;

// Rows that somebody else is taking are left to them: nobody waits, and nobody deadlocks.
const CLAIM_DUE = `with recursive ${DEAD_OWNERS},
  due as (
    select id, lease_owner, due_at from executions
    where lease_owner is null and due_at <= now() and event_format <= ${EVENT_FORMAT}
    order by due_at limit $2 for no key update skip locked),
  orphans as (
    select id, lease_owner, due_at from executions
    where lease_owner = any(array(select id from dead)) and event_format <= ${EVENT_FORMAT}
    limit $2 for no key update skip locked),
  candidates as (select * from (select * from orphans union all select * from due) c limit $2)
  ${TAKE}`;

const CLAIM_ONE = `with recursive ${DEAD_OWNERS},
  candidates as (
    select id, lease_owner, due_at from executions
    where id = $2 and status < 4 and event_format <= ${EVENT_FORMAT}
      and (lease_owner is null or lease_owner = any(array(select id from dead)))
    for no key update skip locked)
  ${TAKE}`;

/** Leases on the database. */
export function createLeaseStore({ database }: LeaseStoreDeps): LeaseStore {
  const { query, heartbeat, journal } = database;
  const letGo = new Map<OrchestratorId, () => void>();
  return {
    async register(id, leaseMs, onLockLost) {
      letGo.get(id)?.();
      letGo.set(
        id,
        heartbeat.onLost(() => onLockLost?.()),
      );
      // The lock first: a row without it is a dead owner's. A reconnect does not take it again, as others may have
      // seen that it was missing.
      await heartbeat.query({ text: `select pg_advisory_lock_shared(${LOCK_OF('$1')})`, values: [id] });
      await heartbeat.query({
        // Rows of processes that were killed stay behind; without a row they are just as dead.
        text: `with old as (delete from orchestrators where expires_at < clock_timestamp() - interval '1 day')
          insert into orchestrators (id, expires_at) values ($1, clock_timestamp() + $2 * interval '1 ms')
          on conflict (id) do update set expires_at = excluded.expires_at`,
        values: [id, leaseMs],
      });
    },
    heartbeat: (id, leaseMs) => beat(database, id, leaseMs),
    async claimDue(id, limit) {
      const { rows } = await query<LeaseRow>({ name: 'iceos_claim_due', text: CLAIM_DUE, values: [id, limit] });
      return rows.map(toLease);
    },
    async claim(id, executionId) {
      const { rows } = await query<LeaseRow>({ name: 'iceos_claim_one', text: CLAIM_ONE, values: [id, executionId] });
      return rows.map(toLease)[0];
    },
    async ownDue(id) {
      const { rows } = await query<{ readonly id: ExecutionId }>({
        name: 'iceos_own_due',
        text: 'select id from executions where lease_owner = $1 and due_at <= now()',
        values: [id],
      });
      return rows.map((row) => row.id);
    },
    async owned(id) {
      const { rows } = await query<LeaseRow>({
        name: 'iceos_owned',
        text: `select id, tenant, lease_token::float8 as token, last_sequence, false as owner_died,
            null::float8 as due_for from executions
          where lease_owner = $1 and status < 4 limit 10000`,
        values: [id],
      });
      return rows.map(toLease);
    },
    park: (request) => park(database, request),
    async releaseAll(id) {
      // After the batches in flight, on their connection, and in their order: neither waits for the other crosswise.
      await journal.query({
        text: `with mine as (select id from executions where lease_owner = $1 order by id for no key update)
          update executions e set lease_owner = null, due_at = now() from mine where e.id = mine.id`,
        values: [id],
      });
    },
    async unregister(id) {
      letGo.get(id)?.();
      letGo.delete(id);
      await heartbeat.query({ text: 'delete from orchestrators where id = $1', values: [id] });
      await heartbeat.query({ text: `select pg_advisory_unlock_shared(${LOCK_OF('$1')})`, values: [id] });
    },
  };
}

interface LeaseRow {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly token: number;
  readonly last_sequence: number;
  readonly owner_died: boolean;
  readonly due_for: number | null;
}

const toLease = (row: LeaseRow): Lease => ({
  executionId: row.id,
  tenant: row.tenant,
  token: row.token,
  lastSequence: row.last_sequence,
  previousOwnerDied: row.owner_died,
  dueForMs: row.due_for ?? undefined,
});

async function beat(
  { heartbeat, instance }: Pick<Database, 'heartbeat' | 'instance'>,
  id: OrchestratorId,
  leaseMs: number,
): ReturnType<LeaseStore['heartbeat']> {
  const { rows } = await heartbeat.query<{ now: number; alive: boolean; others: boolean }>({
    name: 'iceos_heartbeat',
    // A row that had expired, or whose lock this session does not hold, is not made alive again: others may already
    // have claimed what it held.
    text: `with r as (
        update orchestrators set expires_at = clock_timestamp() + $2 * interval '1 ms'
        where id = $1 and expires_at > clock_timestamp() and ${IS_LOCKED} returning id)
      select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now,
        exists (select from r) as alive,
        exists (select from orchestrators where id <> $1 and expires_at > clock_timestamp())
          or ${OTHERS_LISTEN} as others`,
    values: [id, leaseMs, instance],
  });
  const [row] = rows;
  if (!row) throw new Error('The heartbeat statement gave no row.');
  return { alive: row.alive, databaseNow: row.now, othersAlive: row.others };
}

async function park(
  { query }: Pick<Database, 'query'>,
  { executionId, token, lastSequence, dueAt, status }: Parameters<LeaseStore['park']>[0],
): ReturnType<LeaseStore['park']> {
  const { rowCount } = await query({
    name: 'iceos_park',
    text: `update executions set lease_owner = null, due_at = to_timestamp($4::float8 / 1000),
        status = case when status = ${STATUS_CODES.paused} then status else $5 end
      where id = $1 and lease_token = $2 and lease_owner is not null and last_sequence = $3`,
    values: [executionId, token, lastSequence, dueAt, STATUS_CODES[status]],
  });
  if (rowCount === 1) return 'parked';
  const { rows } = await query<{ readonly held: boolean }>({
    name: 'iceos_why_not_parked',
    text: 'select lease_token = $2 and lease_owner is not null as held from executions where id = $1',
    values: [executionId, token],
  });
  return rows[0]?.held === true ? 'moved' : 'stale';
}
