import type { EpisodeId, TenantId } from '../core/ids.ts';
import type { MemoryStoreDeps } from './memory-store.ts';
import { unseen } from './parameters.ts';

export interface NewEpisode {
  readonly tenant: TenantId;
  readonly session: string;
  readonly id: EpisodeId;
  /** Whom it is about: what `forgetSubject` deletes by. */
  readonly subject?: string | undefined;
  readonly content: string;
  readonly tokens: number;
  readonly expiresAt?: Date | undefined;
}

export interface Episode {
  readonly id: EpisodeId;
  readonly subject: string | undefined;
  readonly content: string;
  readonly tokens: number;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

/** What happened, by session. What has expired is not recalled, whether it was purged or not. */
export interface EpisodeStore {
  /** Committed when it resolves; false: it was there already, and stays as it is. */
  add(episode: NewEpisode): Promise<boolean>;
  /** The latest, the oldest of them first. */
  latest(tenant: TenantId, session: string, limit: number): Promise<readonly Episode[]>;
}

interface EpisodeRow {
  readonly id: EpisodeId;
  readonly subject: string | null;
  readonly content: string;
  readonly tokens: number;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

// Later than the latest, whoever's clock it was: what is remembered one after the other is recalled so.
// A full session loses its oldest. Writers at once may leave a few too many until the next write, which nobody recalls.
const ADD = `with made as (
    insert into memory_episodes (tenant, session, id, subject, content, tokens, created_at, expires_at)
    values ($1, $2::varchar, $3, $4, $5, $6, greatest($7::timestamptz, interval '1 microsecond' + (
      select created_at from memory_episodes where tenant = $1 and session = $2 order by created_at desc limit 1)), $8)
    on conflict do nothing returning 1),
  gone as (
    delete from memory_episodes where tenant = $1 and session = $2 and exists (select from made) and id in (
      select id from memory_episodes where tenant = $1 and session = $2 
      order by created_at desc, id desc offset $9::int4 - 1))
  select count(*)::int4 as added from made`;

export function createEpisodeStore({ database, clock, limits }: MemoryStoreDeps): EpisodeStore {
  const { of } = database;
  return {
    async add({ tenant, session, id, subject, content, tokens, expiresAt }) {
      const at = new Date(clock.now());
      const row = [tenant, session, id, subject ?? null, content, tokens, at, expiresAt ?? null];
      const values = [...row, limits.maxEpisodesPerSession];
      const { rows } = await of(tenant).query<{ readonly added: number }>({
        name: 'iceos_add_episode',
        text: ADD,
        values,
      });
      return rows[0]?.added === 1;
    },
    async latest(tenant, session, limit) {
      const { rows } = await of(tenant).query<EpisodeRow>({
        name: 'iceos_latest_episodes',
        text: `select id, subject, content, tokens, created_at, expires_at from memory_episodes
          where tenant = $1 and session = ${unseen('$2', 'varchar')} and (expires_at is null or expires_at > $3)
          order by created_at desc, id desc limit $4`,
        values: [tenant, session, new Date(clock.now()), Math.min(limit, limits.maxEpisodesPerSession)],
      });
      return rows.map(toEpisode).reverse();
    },
  };
}

const toEpisode = (row: EpisodeRow): Episode => ({
  id: row.id,
  subject: row.subject ?? undefined,
  content: row.content,
  tokens: row.tokens,
  createdAt: row.created_at,
  expiresAt: row.expires_at ?? undefined,
});
