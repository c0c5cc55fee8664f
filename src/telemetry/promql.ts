import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName,
} from './metric-name.ts';

/** What a label must be: one of its values, or any of several. */
export type Selected<K extends MetricName> = {
  readonly [L in keyof LabelsOf<K>]?: LabelsOf<K>[L] | readonly LabelsOf<K>[L][];
};

const matcher = ([label, wanted]: readonly [string, string | readonly string[]]): string =>
  typeof wanted === 'string' ? `${label}="${wanted}"` : `${label}=~"${wanted.join('|')}"`;

function selector(name: string, labels: object, more: readonly (readonly [string, string])[] = []): string {
  const matchers = [...Object.entries<string | readonly string[]>({ ...labels }), ...more].map(matcher);
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;
}

/** The instant vector of a metric: of all its series, or those with some labels. */
export const series = <K extends CounterName | GaugeName>(name: K, labels: Selected<K> = {}): string =>
  selector(METRICS[name].name, labels);

/** How many values of a histogram were at most as large as one of its buckets. Throws where it has no such bucket. */
export function atMost<K extends HistogramName>(name: K, le: number, labels: Selected<K> = {}): string {
  const { name: metric, buckets } = METRICS[name];
  if (!buckets.includes(le)) throw new Error(`${metric} has no bucket for ${le}. It has ${buckets.join(', ')}.`);
  return selector(`${metric}_bucket`, labels, [['le', String(le)]]);
}

/** The buckets of a histogram, for `histogram_quantile`. */
export const buckets = <K extends HistogramName>(name: K, labels: Selected<K> = {}): string =>
  selector(`${METRICS[name].name}_bucket`, labels);

/** How many values a histogram has. */
export const count = <K extends HistogramName>(name: K, labels: Selected<K> = {}): string =>
  selector(`${METRICS[name].name}_count`, labels);

/** Of all processes together, a second, over a window such as `5m`. */
export const rate = (vector: string, window: string, by?: string): string =>
  `sum${by === undefined ? '' : ` by (${by})`} (rate(${vector}[${window}]))`;

/** What most of the values of a histogram stay under: `share` of 0 to 1, over a window. */
export const quantile = (share: number, name: HistogramName, window: string): string =>
  `histogram_quantile(${share}, ${rate(buckets(name), window, 'le')})`;
