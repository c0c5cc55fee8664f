import { KIB } from '../core/units.ts';

/** The most that agents' memory holds for a tenant, and for one who asks. */
export interface MemoryLimits {
  readonly maxCollectionsPerTenant: number;
  /** What comes on top of them makes the oldest go. */
  readonly maxFactsPerCollection: number;
  /** What comes on top of them makes the oldest go. */
  readonly maxEpisodesPerSession: number;
  readonly maxDimensions: number;
  /** Of one fact, in UTF-8; models of embeddings read little more. */
  readonly maxTextBytes: number;
  /** Of one episode, in UTF-8. */
  readonly maxEpisodeBytes: number;
  /** As JSON in UTF-8. */
  readonly maxMetadataBytes: number;
  /** An object of plain values is 1 deep. */
  readonly maxMetadataDepth: number;
  /** Facts in one write. */
  readonly maxFactsPerWrite: number;
  /** Of a search or a recall. */
  readonly maxResults: number;
  /** Where nobody says how many. */
  readonly defaultResults: number;
}

export const DEFAULT_MEMORY_LIMITS: MemoryLimits = {
  maxCollectionsPerTenant: 100,
  maxFactsPerCollection: 100_000,
  maxEpisodesPerSession: 1_000,
  maxDimensions: 4_096,
  maxTextBytes: 8 * KIB,
  maxEpisodeBytes: 64 * KIB,
  maxMetadataBytes: 4 * KIB,
  maxMetadataDepth: 4,
  maxFactsPerWrite: 64,
  maxResults: 100,
  defaultResults: 10,
};
