/** Between what a number may turn out to be. */
export interface Span {
  readonly least: bigint;
  /** Undefined: nobody can say. Else it lies between the others. */
  readonly likely: bigint | undefined;
  /** Undefined: not known. */
  readonly most: bigint | undefined;
}

export const exactly = (value: bigint): Span => ({ least: value, likely: value, most: value });

/** What may also not be there at all. */
export const optional = (span: Span): Span => ({ ...span, least: 0n });

/** What is there only when something goes wrong. */
export const unlikely = (span: Span): Span => ({ ...span, least: 0n, likely: 0n });

/** Of all of them together. */
export const sumOf = (spans: readonly Span[]): Span => ({
  least: added(spans.map(({ least }) => least)),
  likely: known(spans, 'likely', added),
  most: known(spans, 'most', added),
});

/** Of one of them, each as likely as another. */
export const eitherOf = (spans: readonly Span[]): Span => ({
  least: sorted(spans.map(({ least }) => least))[0] ?? 0n,
  likely: known(spans, 'likely', (values) => added(values) / BigInt(Math.max(values.length, 1))),
  most: known(spans, 'most', (values) => sorted(values).at(-1) ?? 0n),
});

/** Of all of them, where only so many need to come to their end. */
export const someOf = (spans: readonly Span[], required: number): Span => ({
  ...sumOf(spans),
  least: added(sorted(spans.map(({ least }) => least)).slice(0, required)),
});

/** Of one that comes so many times. */
export const timesOf = (span: Span, count: Span): Span => {
  if (span.most === 0n) return span;
  return {
    least: span.least * count.least,
    likely: product(span.likely, count.likely),
    most: product(span.most, count.most),
  };
};

const added = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);
const sorted = (values: readonly bigint[]): readonly bigint[] =>
  values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const product = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : a * b;

function known(
  spans: readonly Span[],
  end: 'likely' | 'most',
  of: (values: readonly bigint[]) => bigint,
): bigint | undefined {
  const values = spans.flatMap((span) => span[end] ?? []);
  return values.length === spans.length ? of(values) : undefined;
}
