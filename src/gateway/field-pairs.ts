import { Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** Selections: fragments that use each other could come to any number. */
const MOST_LOOKED_AT = 20_000;

/** Fields that come to one place of an answer, and what each of them selects. */
interface Place {
  count: number;
  readonly selections: SelectionSetNode[];
}

/**
 * How often two fields of a document would be compared to see whether they can be merged: what is selected n times at one
 * place of the answer is compared n²/2 times (spec.graphql.org, Field Selection Merging). Stops above `most`; `Infinity` where there are too many to look at.
 */
export function fieldPairsOf(document: DocumentNode, most: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  let pairs = 0;
  let looked = 0;

  function visit(selectionSets: readonly SelectionSetNode[]): void {
    const places = new Map<string, Place>();
    const spread = new Set<string>();
    const collect = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        looked += 1;
        if (looked > MOST_LOOKED_AT) return;
        if (selection.kind === Kind.FIELD) {
          const name = (selection.alias ?? selection.name).value;
          const place = places.get(name) ?? { count: 0, selections: [] };
          places.set(name, place);
          pairs += place.count;
          place.count += 1;
          if (selection.selectionSet) place.selections.push(selection.selectionSet);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) collect(fragment.selectionSet);
        }
      }
    };
    selectionSets.forEach(collect);
    for (const { selections } of places.values()) {
      if (pairs > most || looked > MOST_LOOKED_AT) return;
      if (selections.length > 0) visit(selections);
    }
  }

  if (hasCircle(fragments)) return 0;
  // Each definition is validated by itself, used or not.
  for (const definition of document.definitions) if ('selectionSet' in definition) visit([definition.selectionSet]);
  return looked > MOST_LOOKED_AT ? Infinity : pairs;
}

/** Whether a fragment lies within itself, however far down; validation refuses that without comparing. */
function hasCircle(fragments: ReadonlyMap<string, FragmentDefinitionNode>): boolean {
  const above = new Set<string>();
  const done = new Set<string>();
  const isWithinItself = (name: string): boolean => {
    if (above.has(name)) return true;
    const fragment = fragments.get(name);
    if (fragment === undefined || done.has(name)) return false;
    above.add(name);
    const found = spreadsIn(fragment.selectionSet).some(isWithinItself);
    above.delete(name);
    done.add(name);
    return found;
  };
  return [...fragments.keys()].some(isWithinItself);
}

const spreadsIn = ({ selections }: SelectionSetNode): readonly string[] =>
  selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection.name.value];
    return selection.selectionSet === undefined ? [] : spreadsIn(selection.selectionSet);
  });
