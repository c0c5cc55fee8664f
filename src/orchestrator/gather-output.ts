import { assertNever } from '../core/assert-never.ts';
import type { Json } from '../core/json.ts';
import type { Command } from '../execution/commands.ts';
import type { EventDraft } from '../execution/events.ts';
import type { StoredValue } from '../execution/state.ts';
import type { Kept } from '../store/value-store.ts';
import type { Keep, Maybe } from './executor.ts';
import { tooLarge } from './executors/too-large.ts';
import { andThen } from './maybe.ts';

type CloseNode = Extract<Command, { type: 'closeNode' }>;

export interface GatherDeps {
  readonly keep: Keep;
  readonly loadAll: (stored: readonly StoredValue[]) => Maybe<readonly Json[]>;
}

/** The output of a composite, made of what its bodies answered. */
export function gatherOutput({ path, node, state }: CloseNode, deps: GatherDeps): Maybe<EventDraft> {
  const outputs = state.outputs ?? [];
  const succeeded = (output: Kept): EventDraft =>
    'tooLarge' in output
      ? tooLarge(path, 'output', output.tooLarge)
      : { type: 'attemptSucceeded', path, attempt: state.attempt, output };
  const made = (of: readonly StoredValue[], make: (values: readonly Json[]) => Json): Maybe<EventDraft> =>
    andThen(deps.loadAll(of), (values) => andThen(deps.keep(make(values)), succeeded));
  const one = (stored: StoredValue | undefined): Maybe<EventDraft> => {
    if (stored === undefined) return succeeded({ inline: null });
    // An artifact is passed on by its digest, however large it is.
    if ('artifact' in stored) return succeeded({ artifact: stored.artifact, bytes: stored.bytes });
    return made([stored], ([value]) => value ?? null);
  };
  const isThere = (stored: StoredValue | undefined): stored is StoredValue => stored !== undefined;
  switch (node.kind) {
    case 'condition':
      return one(outputs.find(isThere));
    case 'loop':
      return made(outputs.filter(isThere), (values) => values);
    case 'parallel': {
      if (node.merge === 'first') return one(outputs.find(isThere));
      const names = node.branches.flatMap((branch, place) => (isThere(outputs[place]) ? [branch.name] : []));
      return made(outputs.filter(isThere), (values) =>
        Object.fromEntries(names.map((name, at) => [name, values[at] ?? null])),
      );
    }
    default:
      return assertNever(node);
  }
}
