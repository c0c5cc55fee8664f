import type { MemorySettings } from '../config/memory-settings.ts';
import type { MemoryLimits } from '../store/memory-limits.ts';

/** The settings as the store takes them. */
export const memoryLimitsOf = (config: MemorySettings): MemoryLimits => ({
  maxCollectionsPerTenant: config.memoryMaxCollections,
  maxFactsPerCollection: config.memoryMaxFacts,
  maxEpisodesPerSession: config.memoryMaxEpisodes,
  maxDimensions: config.memoryMaxDimensions,
  maxTextBytes: config.memoryMaxTextBytes,
  maxEpisodeBytes: config.memoryMaxEpisodeBytes,
  maxMetadataBytes: config.memoryMaxMetadataBytes,
  maxMetadataDepth: config.memoryMaxMetadataDepth,
  maxFactsPerWrite: config.memoryMaxFactsPerWrite,
  maxResults: config.memoryMaxResults,
  defaultResults: config.memoryDefaultResults,
});
