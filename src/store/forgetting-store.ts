import type { AuditEntry } from '../core/audit.ts';
import type { CollectionId, TenantId } from '../core/ids.ts';
import { auditedWhere, auditOnce, type AuditOnce } from './audit-rows.ts';
import { DELETE_BATCH } from './fact-deletion.ts';
import type { FactStoreDeps } from './fact-store.ts';
import { unseen } from './parameters.ts';

export interface Forgotten {
  readonly facts: number;
  readonly episodes: number;
}

/** What goes for good, in statements of bounded size; one that fails half way is simply asked again. */
export interface ForgettingStore {
  /** Deletes everything about a subject: facts with all their vectors, and episodes. */
  forgetSubject(tenant: TenantId, subject: string, audit?: AuditEntry): Promise<Forgotten>;
  /** Deletes all episodes of a session, those that have expired too. Answers with how many there were. */
  forgetSession(tenant: TenantId, session: string, audit?: AuditEntry): Promise<number>;
  /** Deletes a collection with all that is in it; undefined: there is none. Answers with how many facts it had. */
  removeCollection(tenant: TenantId, name: string): Promise<number | undefined>;
  /** Deletes what has expired, of all tenants; several may do so at once. Ends between two statements when the signal fires. */
  purge(signal?: AbortSignal): Promise<Forgotten>;
}

interface Deletion {
  /** Undefined: of all tenants. */
  readonly tenant: TenantId | undefined;
  readonly values: readonly unknown[];
  readonly signal?: AbortSignal | undefined;
  readonly audit?: AuditOnce;
}

interface CollectionKey {
  readonly tenant: TenantId;
  readonly collection_id: CollectionId;
}

// Locked one by one, so that rows which somebody else deleted meanwhile are passed over for others: who finds none is done.
const deleteEpisodes = (
  which: string,
  locking = 'for update',
): string => `delete from memory_episodes where ctid = any(array(
    select ctid from memory_episodes where ${which} limit ${DELETE_BATCH} ${locking}))`;

const SUBJECT = `tenant = $1 and subject = ${unseen('$2', 'varchar')}`;
const SUBJECT_COLLECTIONS = `select distinct tenant, collection_id from memory_facts where ${SUBJECT}`;
const audited = (deletion: string): string => `with gone as (${deletion} returning 1),
  ${auditedWhere('$3', 'gone')}
  select from gone`;
const SUBJECT_EPISODES = audited(deleteEpisodes(SUBJECT));
const SESSION_EPISODES = audited(deleteEpisodes(`tenant = $1 and session = ${unseen('$2', 'varchar')} order by id`));
// What somebody else is deleting is left to him: none of those who purge at once waits for another.
const EXPIRED_EPISODES = deleteEpisodes('expires_at <= $1', 'for update skip locked');

const REMOVE = 'delete from memory_collections where tenant = $1 and id = $2 and fact_count = 0';

export function createForgettingStore({
  database: { of, query },
  clock,
  collections,
  deletion,
}: FactStoreDeps): ForgettingStore {
  /** Until a statement finds nothing: what comes meanwhile goes as well. */
  async function deleteAll(
    { name, text }: { readonly name: string; readonly text: string },
    { tenant, values, signal, audit }: Deletion,
  ): Promise<number> {
    const ask = tenant === undefined ? query : of(tenant).query;
    let total = 0;
    for (;;) {
      signal?.throwIfAborted();
      const all = audit === undefined ? [...values] : [...values, audit.value()];
      const { rowCount } = await ask({ name, text, values: all });
      if (rowCount === null || rowCount === 0) return total;
      audit?.wrote();
      total += rowCount;
    }
  }
  return {
    async forgetSubject(tenant, subject, entry) {
      const audit = auditOnce(entry);
      const { rows } = await of(tenant).query<CollectionKey>({
        name: 'iceos_subject_collections',
        text: SUBJECT_COLLECTIONS,
        values: [tenant, subject],
      });
      let facts = 0;
      for (const row of rows) facts += await deletion.about(tenant, row.collection_id, { subject, audit });
      const episodes = await deleteAll(
        { name: 'iceos_forget_episodes', text: SUBJECT_EPISODES },
        { tenant, values: [tenant, subject], audit },
      );
      return { facts, episodes };
    },
    forgetSession(tenant, session, entry) {
      const statement = { name: 'iceos_forget_session', text: SESSION_EPISODES };
      return deleteAll(statement, { tenant, values: [tenant, session], audit: auditOnce(entry) });
    },
    async removeCollection(tenant, name) {
      const collection = await collections.get(tenant, name);
      if (collection === undefined) return undefined;
      let facts = 0;
      for (;;) {
        facts += await deletion.all(tenant, collection.id);
        // What was written meanwhile keeps the row, and goes in the next turn.
        const { rowCount } = await of(tenant).query({
          name: 'iceos_remove_collection',
          text: REMOVE,
          values: [tenant, collection.id],
        });
        if (rowCount === 1 || (await collections.get(tenant, name))?.id !== collection.id) return facts;
      }
    },
    async purge(signal) {
      const now = new Date(clock.now());
      const { rows } = await query<CollectionKey>({
        name: 'iceos_expired_collections',
        text: 'select distinct tenant, collection_id from memory_facts where expires_at <= $1',
        values: [now],
      });
      let facts = 0;
      for (const row of rows) facts += await deletion.expired(row.tenant, row.collection_id, { now, signal });
      const episodes = await deleteAll(
        { name: 'iceos_purge_episodes', text: EXPIRED_EPISODES },
        { tenant: undefined, values: [now], signal },
      );
      return { facts, episodes };
    },
  };
}
