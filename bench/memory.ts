import path from 'node:path';
import pg from 'pg';
import { systemClock } from '../src/core/clock.ts';
import { DEFAULT_TENANT } from '../src/core/ids.ts';
import type { Embedder } from '../src/memory/embedder.ts';
import { createSemanticMemory, type SemanticMemory } from '../src/memory/semantic-memory.ts';
import { openDatabase } from '../src/store/database.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { unitVector } from '../test/support/memory.ts';
import type { BenchServer } from './servers.ts';
import { inParallel, percentile } from './statistics.ts';

export interface MemoryTimes {
  readonly facts: number;
  readonly dimensions: number;
  readonly searchP50Ms: number;
  readonly searchP95Ms: number;
  readonly byHandP50Ms: number;
  readonly byHandP95Ms: number;
  /** Of the 10 nearest of each question those that were found: 1 is all. */
  readonly recall: number;
}

const FACTS = 100_000;
const DIMENSIONS = 384;
/** More than clients may write at once: the searches are what is measured. */
const AT_ONCE = 500;
const NEAREST = 10;
/** Each is compared with brute force; the first are held against the statement by hand too. */
const QUESTIONS = 50;
const TIMED = 20;

const ROOT = path.resolve(import.meta.dirname, '..');
const { signal } = new AbortController();

const vectorOf = (text: string | number): Float32Array => unitVector(Number(text), DIMENSIONS);

/** A model of the outside that is no work: a text is the number that its vector follows from. */
const numbers: Embedder = {
  model: 'numbers',
  dimensions: DIMENSIONS,
  embed: async (texts) => ({ ok: true, value: { vectors: texts.map(vectorOf), inputTokens: texts.length } }),
};

/** As somebody writes it who needs nothing but the ten nearest of one collection. */
const BY_HAND = `select f.id, f.text, f.metadata, ${Array.from({ length: DIMENSIONS }, (_, at) => `v.vector[${at + 1}] * ($1::real[])[${at + 1}]`).join(' + ')} as score
  from memory_vectors v join memory_facts f on f.tenant = v.tenant and f.collection_id = v.collection_id and f.id = v.fact_id
  where v.tenant = $2 and v.collection_id = (select id from memory_collections where tenant = $2 and name = 'bench')
  order by score desc limit ${NEAREST}`;

/** Whose texts are nearest, all of them looked at here. */
function bruteForce(vectors: readonly Float32Array[], asked: Float32Array): Set<string> {
  const scores = Float64Array.from(vectors, (vector) => {
    let score = 0;
    for (let place = 0; place < DIMENSIONS; place += 1) score += (vector[place] ?? 0) * (asked[place] ?? 0);
    return score;
  });
  const least = scores.toSorted().at(-NEAREST) ?? Infinity;
  return new Set(vectors.flatMap((_, at) => ((scores[at] ?? -Infinity) >= least ? [String(at)] : [])));
}

async function fill(memory: SemanticMemory): Promise<void> {
  for (let from = 0; from < FACTS; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, FACTS - from);
    const facts = Array.from({ length: count }, (_, at) => ({ text: String(from + at) }));
    const written = await memory.remember(facts, signal);
    if (!written.ok) throw new Error(written.error.message);
  }
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const answer = await work();
  times.push(performance.now() - startedAt);
  return answer;
}

/** A search of 100,000 facts of one tenant, in turn with the same SQL by hand, and with what is truly nearest. */
export async function measureMemory(server: BenchServer): Promise<MemoryTimes> {
  const url = await server.createDatabase('memory');
  const database = await openDatabase({
    ...{ url, dataDir: '', clock: systemClock, migrationsFolder: path.join(ROOT, 'migrations') },
    threadFile: path.join(ROOT, 'dist', 'embedded-database-thread.js'),
  });
  const byHand = new pg.Client({ connectionString: url });
  try {
    await byHand.connect();
    const store = createMemoryStore({ database, clock: systemClock, limits: { maxFactsPerWrite: AT_ONCE } });
    const memory = createSemanticMemory({
      ...{ tenant: DEFAULT_TENANT, collection: 'bench', embedder: numbers, store, clock: systemClock },
      guarantees: ['durable', 'vectorised'],
    });
    const valid = await memory.validate();
    if (!valid.ok) throw new Error(valid.error.message);
    await fill(memory);
    // As autovacuum has done where a server has run for a while; and compiling would take longer than the search.
    await byHand.query('vacuum analyze memory_facts, memory_vectors');
    await byHand.query('set jit = off');
    const vectors = Array.from({ length: FACTS }, (_, seed) => unitVector(seed, DIMENSIONS));
    const times: Readonly<Record<'search' | 'byHand', number[]>> = { search: [], byHand: [] };
    let found = 0;
    const search = async (question: number): Promise<void> => {
      const into = question < TIMED ? times.search : [];
      const asked = FACTS + question;
      const answer = await timed(into, () => memory.recall(String(asked), { limit: NEAREST }, signal));
      if (!answer.ok) throw new Error(answer.error.message);
      const nearest = bruteForce(vectors, unitVector(asked, DIMENSIONS));
      found += answer.value.filter(({ text }) => nearest.has(text)).length;
    };
    const hand = (question: number): Promise<unknown> => {
      const values = [[...unitVector(FACTS + question, DIMENSIONS)], DEFAULT_TENANT];
      return timed(times.byHand, () => byHand.query(BY_HAND, values));
    };
    // The first of each warms up, and a slow moment of the machine meets both.
    await hand(0);
    await search(0);
    times.search.length = times.byHand.length = found = 0;
    for (let question = 0; question < TIMED; question += 1) {
      if (question % 2 === 0) await hand(question);
      await search(question);
      if (question % 2 === 1) await hand(question);
    }
    await inParallel(QUESTIONS - TIMED, 2, (at) => search(TIMED + at));
    return {
      facts: FACTS,
      dimensions: DIMENSIONS,
      searchP50Ms: percentile(times.search, 50),
      searchP95Ms: percentile(times.search, 95),
      byHandP50Ms: percentile(times.byHand, 50),
      byHandP95Ms: percentile(times.byHand, 95),
      recall: found / (QUESTIONS * NEAREST),
    };
  } finally {
    await byHand.end();
    await database.close();
  }
}
