import { v7 as uuid } from 'uuid';
import type { Clock } from '../core/clock.ts';
import { EpisodeId, type TenantId } from '../core/ids.ts';
import { ok } from '../core/result.ts';
import type { Episode } from '../store/episode-store.ts';
import type { MemoryStore } from '../store/memory-store.ts';
import { createGuaranteeKeeper, estimateTokens, type Memory, type MemoryAnswer, type MemoryDeps } from './memory.ts';
import { lifetimeFault, limitFault, nameFault, textFault } from './memory-input.ts';

export interface EpisodeInput {
  /** Given again, as by a second attempt, it is kept once. */
  readonly id?: EpisodeId;
  readonly subject?: string;
  readonly content: string;
  /** Absent: the memory's own lifetime, if it has one. */
  readonly lifetimeMs?: number;
}

/** What happened in past executions of one tenant, by session. */
export interface EpisodicMemory extends Memory {
  /** Durable when it resolves. */
  remember(session: string, episode: EpisodeInput): Promise<MemoryAnswer<EpisodeId>>;
  /** The latest that have not expired, the oldest of them first. */
  recall(session: string, limit?: number): Promise<MemoryAnswer<readonly Episode[]>>;
}

export interface EpisodicMemoryDeps extends MemoryDeps {
  readonly tenant: TenantId;
  readonly store: Pick<MemoryStore, 'episodes' | 'limits'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Of episodes that come without one. */
  readonly lifetimeMs?: number | undefined;
}

export function createEpisodicMemory(deps: EpisodicMemoryDeps): EpisodicMemory {
  const { tenant, store, clock, guarantees, onUse } = deps;
  const { maxEpisodeBytes, maxResults, defaultResults } = store.limits;
  const keeper = createGuaranteeKeeper('episodic', guarantees);

  function faultOf(
    session: string,
    { subject, content, lifetimeMs = deps.lifetimeMs }: EpisodeInput,
  ): string | undefined {
    if (lifetimeMs === undefined && keeper.asksFor('ttl'))
      return 'The episodic memory guarantees "ttl", and the episode has no lifetime. Give lifetimeMs, with it or for the memory.';
    return (
      lifetimeFault(lifetimeMs) ??
      nameFault('session', session) ??
      (subject === undefined ? undefined : nameFault('subject', subject)) ??
      textFault('episode', content, maxEpisodeBytes)
    );
  }

  return {
    kind: 'episodic',
    offers: keeper.offers,
    validate: keeper.validate,
    async remember(session, episode) {
      const refusal = keeper.refusal(faultOf(session, episode));
      if (refusal !== undefined) return refusal;
      const { id = EpisodeId.parse(uuid()), subject, content, lifetimeMs = deps.lifetimeMs } = episode;
      const expiresAt = lifetimeMs === undefined ? undefined : new Date(clock.now() + lifetimeMs);
      const tokens = estimateTokens(content);
      await store.episodes.add({ tenant, session, id, subject, content, tokens, expiresAt });
      await onUse?.({ kind: 'episodic', operation: 'write', tokens, items: 1 });
      return ok(id);
    },
    async recall(session, limit = defaultResults) {
      const refusal = keeper.refusal(nameFault('session', session) ?? limitFault(limit, maxResults));
      if (refusal !== undefined) return refusal;
      const episodes = await store.episodes.latest(tenant, session, limit);
      const tokens = episodes.reduce((sum, one) => sum + one.tokens, 0);
      await onUse?.({ kind: 'episodic', operation: 'read', tokens, items: episodes.length });
      return ok(episodes);
    },
  };
}
