import { DAY_MS, KIB, MIB, MINUTE_MS, SECOND_MS } from '../core/units.ts';
import { number, type Described } from './setting.ts';

const memory = (name: string, meaning: string): Described => ({
  group: 'Memory',
  name: `ICEOS_MEMORY_${name}`,
  meaning,
});

/** The most that agents' memory holds, and takes at once. */
export const MEMORY = {
  memoryMaxCollections: number(
    memory('MAX_COLLECTIONS', 'Collections of facts that one tenant may have.'),
    { unit: 'collections', min: 1, max: 10_000 },
    100,
  ),
  memoryMaxFacts: number(
    memory(
      'MAX_FACTS',
      'Facts of one collection; what comes on top makes the oldest go. A search looks at all of them.',
    ),
    { unit: 'facts', min: 1, max: 10_000_000 },
    100_000,
  ),
  memoryMaxEpisodes: number(
    memory('MAX_EPISODES', 'Episodes of one session; what comes on top makes the oldest go.'),
    { unit: 'episodes', min: 1, max: 1_000_000 },
    1_000,
  ),
  memoryMaxDimensions: number(
    memory('MAX_DIMENSIONS', 'Numbers of one vector.'),
    { unit: 'numbers', min: 1, max: 16_384 },
    4_096,
  ),
  memoryMaxTextBytes: number(
    memory('MAX_TEXT_BYTES', 'Text of one fact, and of one question. Models of embeddings read little more.'),
    { unit: 'bytes', min: 1, max: 8 * KIB },
    8 * KIB,
  ),
  memoryMaxEpisodeBytes: number(
    memory('MAX_EPISODE_BYTES', 'Text of one episode.'),
    { unit: 'bytes', min: 1, max: MIB },
    64 * KIB,
  ),
  memoryMaxMetadataBytes: number(
    memory('MAX_METADATA_BYTES', 'Metadata of one fact, as JSON.'),
    { unit: 'bytes', min: 2, max: MIB },
    4 * KIB,
  ),
  memoryMaxMetadataDepth: number(
    memory('MAX_METADATA_DEPTH', 'How deep the metadata of a fact may nest; an object of plain values is 1 deep.'),
    { unit: 'levels', min: 1, max: 32 },
    4,
  ),
  memoryMaxFactsPerWrite: number(
    memory('MAX_FACTS_PER_WRITE', 'Facts of one write, which is one call of the model of embeddings.'),
    { unit: 'facts', min: 1, max: 64 },
    64,
  ),
  memoryMaxResults: number(
    memory('MAX_RESULTS', 'Facts or episodes that one search gives.'),
    { unit: 'results', min: 1, max: 1_000 },
    100,
  ),
  memoryDefaultResults: number(
    memory('DEFAULT_RESULTS', 'How many it gives where nobody says how many. At most ICEOS_MEMORY_MAX_RESULTS.'),
    { unit: 'results', min: 1, max: 1_000 },
    10,
  ),
  memoryPurgeMs: number(
    memory(
      'PURGE_MS',
      'How often each orchestrator deletes facts and episodes whose lifetime is over. Nobody finds them from the end of it on.',
    ),
    { unit: 'milliseconds', min: SECOND_MS, max: DAY_MS },
    MINUTE_MS,
  ),
  memoryClientMaxUsdMicrosPerDay: number(
    memory(
      'CLIENT_MAX_USD_MICROS_PER_DAY',
      'What the calls of models may cost that a tenant makes outside of executions (rememberFacts, facts, reembedCollection), in each day of UTC. What a call may cost is held before it is made; one for which there is no room is refused.',
    ),
    { unit: 'micro-dollars', min: 1, max: 100_000_000_000 },
    1_000_000,
  ),
};

export type MemorySettings = { readonly [K in keyof typeof MEMORY]: number };

/** Rules between them. */
export function memoryFaults(
  config: MemorySettings,
): readonly { readonly setting: string; readonly message: string }[] {
  const { memoryDefaultResults: few, memoryMaxResults: most } = config;
  const setting = MEMORY.memoryDefaultResults.name;
  const message = `${setting}: ${few} is more than ICEOS_MEMORY_MAX_RESULTS (${most}), so that every search without a number would be refused. Lower it.`;
  return few > most ? [{ setting, message }] : [];
}
