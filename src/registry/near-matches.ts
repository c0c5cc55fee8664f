/** Longer names are compared by their beginning only, so that the work stays bounded by what a person can mistype. */
const COMPARED_LENGTH = 64;

/** The names that someone who wrote `wanted` may have meant, nearest first, at most three. */
export function nearMatches(wanted: string, names: Iterable<string>): readonly string[] {
  const target = normalise(wanted);
  const farthest = Math.max(1, Math.floor(target.length / 3));
  return [...new Set(names)]
    .filter((name) => name !== wanted)
    .map((name) => ({ name, distance: distanceOf(target, normalise(name)) }))
    .filter(({ distance }) => distance <= farthest)
    .toSorted((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The end of a message about an unknown name: what may have been meant, else what there is. */
export function suggestion(wanted: string, names: Iterable<string>): string {
  const known = [...new Set(names)];
  const near = nearMatches(wanted, known);
  if (near.length > 0) return `Did you mean ${listed(near, 'or')}?`;
  if (known.length === 0) return 'There is none.';
  if (known.length <= 10) return `There ${known.length === 1 ? 'is' : 'are'} ${listed(known.toSorted(), 'and')}.`;
  return `There are ${known.length}, none of a similar name.`;
}

/** Names in quotes, as a sentence lists them: `"a", "b" or "c"`. */
export function listed(names: readonly string[], conjunction: 'and' | 'or'): string {
  const quoted = names.map((name) => `"${name}"`);
  const last = quoted.at(-1) ?? '';
  return quoted.length < 2 ? last : `${quoted.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** Case and the signs between words are what people mix up most: they cost nothing. */
const normalise = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[\s._-]/g, '')
    .slice(0, COMPARED_LENGTH);

/** Damerau-Levenshtein (optimal string alignment): insert, delete, replace, or swap two neighbours. */
function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
