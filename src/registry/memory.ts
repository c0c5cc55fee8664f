import { z } from 'zod';
import { checkGuarantees, MEMORY_GUARANTEES } from '../blueprint/memory-guarantee.ts';
import { ModelName } from './model.ts';

/** Names of memories, as agents and blueprints say them: `docs`, `chat`, `product-facts`. */
export const MemoryName = z
  .string()
  .max(128)
  .regex(/^[a-z][a-z0-9._-]*$/, 'A memory has a name like docs or product-facts.');

const common = {
  description: z.string().max(4_096).optional(),
  /** What whoever uses it relies on; what its kind does not offer keeps the server from starting. */
  guarantees: z.array(z.enum(MEMORY_GUARANTEES)).max(MEMORY_GUARANTEES.length).default([]),
};
/** A hundred years: what shall live longer is given no lifetime. */
const lifetimeMs = z
  .int()
  .min(1)
  .max(100 * 365 * 24 * 3_600_000);

/** What one execution knows; all agents of the execution share it, and it goes with the execution. */
export const WorkingMemoryEntry = z.strictObject({ kind: z.literal('working'), ...common });
/** What happened in past executions, by session. */
export const EpisodicMemoryEntry = z.strictObject({
  kind: z.literal('episodic'),
  ...common,
  /** Of episodes; absent: until they are forgotten. */
  lifetimeMs: lifetimeMs.optional(),
  /** How many of the latest an agent is told when it begins. */
  recalled: z.int().min(0).max(100).default(5),
});
/** Facts, found by meaning. */
export const SemanticMemoryEntry = z.strictObject({
  kind: z.literal('semantic'),
  ...common,
  /** A registered model that makes vectors. */
  model: ModelName,
  /** Of each tenant's own. Default: the name of the entry. */
  collection: z.string().min(1).max(256).optional(),
  /** Of facts that an agent remembers; absent: until they are forgotten, or the collection is full of newer ones. */
  lifetimeMs: lifetimeMs.optional(),
});

export const MemoryEntry = z.discriminatedUnion('kind', [WorkingMemoryEntry, EpisodicMemoryEntry, SemanticMemoryEntry]);

interface Named {
  readonly name: string;
}
export type WorkingMemoryDefinition = z.infer<typeof WorkingMemoryEntry> & Named;
export type EpisodicMemoryDefinition = z.infer<typeof EpisodicMemoryEntry> & Named;
export type SemanticMemoryDefinition = Omit<z.infer<typeof SemanticMemoryEntry>, 'collection'> &
  Named & { readonly collection: string };

/** A registered memory: its kind, what it promises, and what its vectors are made by. */
export type MemoryDefinition = WorkingMemoryDefinition | EpisodicMemoryDefinition | SemanticMemoryDefinition;

export const toMemoryDefinition = (name: string, entry: z.infer<typeof MemoryEntry>): MemoryDefinition =>
  entry.kind === 'semantic' ? { ...entry, name, collection: entry.collection ?? name } : { ...entry, name };

/** What an entry promises that it cannot keep, as a sentence. */
export function guaranteeFaults(memory: MemoryDefinition): readonly string[] {
  const checked = checkGuarantees(memory.kind, memory.guarantees);
  if (!checked.ok) return [`The memory "${memory.name}": ${checked.error.message}`];
  const isTimeless = memory.kind === 'episodic' && memory.guarantees.includes('ttl') && memory.lifetimeMs === undefined;
  return isTimeless ? [`The memory "${memory.name}" guarantees "ttl" and has no "lifetimeMs". Give it one.`] : [];
}
