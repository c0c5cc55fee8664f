import { err, ok, type Result } from '../core/result.ts';

/** What a memory can promise: gone with its execution, kept whatever process dies, gone after its lifetime, found by meaning. */
export const MEMORY_GUARANTEES = ['ephemeral', 'durable', 'ttl', 'vectorised'] as const;
export type MemoryGuarantee = (typeof MEMORY_GUARANTEES)[number];

/** What agents remember: what one execution knows, what happened in past ones, facts found by meaning. */
export const MEMORY_KINDS = ['working', 'episodic', 'semantic'] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

/** What each kind offers, as it is built here. */
export const OFFERED_GUARANTEES: Readonly<Record<MemoryKind, readonly MemoryGuarantee[]>> = {
  working: ['ephemeral', 'durable'],
  episodic: ['durable', 'ttl'],
  semantic: ['durable', 'vectorised'],
};

export interface GuaranteesNotOffered {
  readonly missing: readonly MemoryGuarantee[];
  readonly message: string;
}

/** The guarantees that were asked for, when all are offered; else what is missing and where it could be had. */
export function checkGuarantees(
  kind: MemoryKind,
  requested: readonly MemoryGuarantee[],
  offered: readonly MemoryGuarantee[] = OFFERED_GUARANTEES[kind],
): Result<readonly MemoryGuarantee[], GuaranteesNotOffered> {
  const missing = MEMORY_GUARANTEES.filter((one) => requested.includes(one) && !offered.includes(one));
  if (missing.length === 0) return ok(MEMORY_GUARANTEES.filter((one) => requested.includes(one)));
  const offers = offered.length === 0 ? 'nothing' : `only ${listed(offered)}`;
  const message = `The ${kind} memory was asked for ${listed(missing)}, but offers ${offers}. ${adviceFor(kind, requested, missing)}`;
  return err({ missing, message });
}

function adviceFor(
  kind: MemoryKind,
  requested: readonly MemoryGuarantee[],
  missing: readonly MemoryGuarantee[],
): string {
  const leaveOut = `Leave ${listed(missing)} out`;
  const others = MEMORY_KINDS.filter((other) => other !== kind);
  const all = others.find((other) => requested.every((one) => OFFERED_GUARANTEES[other].includes(one)));
  if (all !== undefined) return `${leaveOut}, or use the ${all} memory, which offers all that was asked for.`;
  const some = others.flatMap((other) => {
    const had = missing.filter((one) => OFFERED_GUARANTEES[other].includes(one));
    return had.length === 0 ? [] : [`${listed(had)} with the ${other} memory`];
  });
  return some.length === 0 ? `${leaveOut}.` : `${leaveOut}, and have ${some.join(', or ')}.`;
}

const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(' and ');
