/** What is said of a metric before its type. */
export interface Described {
  /** Prefix, noun, base unit; `_total` for counters. */
  readonly name: string;
  readonly help: string;
  /** Small sets that are known at the start, never ids or anything that a client chooses. */
  readonly labels: Readonly<Record<string, LabelValues>>;
}

/** Values of a label: listed here, or the names of the models that the operator has configured. */
export type LabelValues = readonly string[] | typeof CONFIGURED_MODELS;
export const CONFIGURED_MODELS = 'configuredModels';
/** Stands for the models beyond the first `MOST_MODELS`. */
export const OTHER_MODEL = 'other';
/** Names of models that a label may have. */
export const MOST_MODELS = 40;

/** A sum that only grows. */
export const counter = <const D extends Described>(metric: D): D & { readonly type: 'counter' } => ({
  ...metric,
  type: 'counter',
});
/** A number that goes up and down. */
export const gauge = <const D extends Described>(metric: D): D & { readonly type: 'gauge' } => ({
  ...metric,
  type: 'gauge',
});
/** How often values were how large. */
export const histogram = <const D extends Described>(
  metric: D,
  buckets: readonly number[],
): D & { readonly type: 'histogram'; readonly buckets: readonly number[] } => ({
  ...metric,
  type: 'histogram',
  buckets,
});

/** Buckets for what usually takes milliseconds. */
export const FAST_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Buckets for what may take days. */
export const SLOW_SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400,
];
/** Buckets for numbers of things. */
export const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
