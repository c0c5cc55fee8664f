import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { CONFIGURED_MODELS, MOST_MODELS, OTHER_MODEL, type LabelValues } from './describe-metric.ts';
import { METRICS, type CounterName, type GaugeName, type HistogramName, type LabelsOf } from './metric-name.ts';

/** The numbers of this process. */
export interface Metrics {
  /** Raises a counter, by 1 when nothing else is said. */
  add<K extends CounterName>(name: K, labels: LabelsOf<K>, amount?: number): void;
  /** Raises or lowers a gauge. */
  shift<K extends GaugeName>(name: K, labels: LabelsOf<K>, amount: number): void;
  set<K extends GaugeName>(name: K, labels: LabelsOf<K>, value: number): void;
  /** Sets a gauge from what `read` answers, each time the metrics are read. */
  sample<K extends GaugeName>(name: K, labels: LabelsOf<K>, read: () => number): void;
  /** Has gauges set from what must be looked up, each time the metrics are read. */
  beforeRead(refresh: () => Promise<void>): void;
  /** Enters one value into a histogram. */
  observe<K extends HistogramName>(name: K, labels: LabelsOf<K>, value: number): void;
  /** What `/metrics` answers, in `contentType`. */
  text(): Promise<string>;
  readonly contentType: string;
  close(): void;
}

type Labels = Readonly<Record<string, string>>;

/** Every combination of the values of some labels: a series that starts at zero has a rate from the first event on. */
export function combinations(labels: Readonly<Record<string, readonly string[]>>): readonly Labels[] {
  let all: Labels[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    all = all.flatMap((rest) => values.map((value) => ({ ...rest, [label]: value })));
  }
  return all;
}

// LabelsOf maps names of labels to their values, which are strings; the compiler cannot see that of an open K.
const asLabels = (labels: object): Labels => labels as Labels;

interface Instruments {
  readonly counters: ReadonlyMap<string, Counter>;
  readonly gauges: ReadonlyMap<string, Gauge>;
  readonly histograms: ReadonlyMap<string, Histogram>;
}

/** What a label can be in this process: of models the first that are configured, and one value for the rest. */
const valuesOf = (values: LabelValues, models: readonly string[]): readonly string[] =>
  values === CONFIGURED_MODELS ? [...models.slice(0, MOST_MODELS), OTHER_MODEL] : values;

/** The names of models in labels, cut to what they can be. */
function known(labels: Labels, models: ReadonlySet<string>): Labels {
  const { model } = labels;
  return model === undefined || models.has(model) ? labels : { ...labels, model: OTHER_MODEL };
}

function createInstruments(registry: Registry, models: readonly string[]): Instruments {
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [key, metric] of Object.entries(METRICS)) {
    const { name, help } = metric;
    const entries = Object.entries<LabelValues>(metric.labels);
    const labels = Object.fromEntries(entries.map(([label, values]) => [label, valuesOf(values, models)]));
    const settings = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    switch (metric.type) {
      case 'counter': {
        const counter = new Counter(settings);
        for (const series of combinations(labels)) counter.inc(series, 0);
        counters.set(key, counter);
        break;
      }
      case 'gauge': {
        const gauge = new Gauge(settings);
        for (const series of combinations(labels)) gauge.set(series, 0);
        gauges.set(key, gauge);
        break;
      }
      case 'histogram': {
        const histogram = new Histogram({ ...settings, buckets: [...metric.buckets] });
        for (const series of combinations(labels)) histogram.zero(series);
        histograms.set(key, histogram);
        break;
      }
    }
  }
  return { counters, gauges, histograms };
}

const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** Makes the instruments of `METRICS` in a registry of their own. `models`: names of those that are configured. */
export function createMetrics({ models = [] }: { readonly models?: readonly string[] } = {}): Metrics {
  const registry = new Registry();
  const { counters, gauges, histograms } = createInstruments(registry, models);
  const named = new Set(models.slice(0, MOST_MODELS));
  const plain = (labels: object): Labels => known(asLabels(labels), named);
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const set = (name: GaugeName, labels: object, value: number): void => gauges.get(name)?.set(plain(labels), value);

  const samples: (() => void)[] = [];
  const refreshes: (() => Promise<void>)[] = [];

  function measureProcess(): void {
    // A histogram without a sample answers NaN or the largest number.
    const seconds = (nanoseconds: number): number => (loop.count === 0 ? 0 : nanoseconds / NANOSECONDS);
    set('eventLoopDelay', { percentile: '50' }, seconds(loop.percentile(50)));
    set('eventLoopDelay', { percentile: '99' }, seconds(loop.percentile(99)));
    set('eventLoopDelay', { percentile: '100' }, seconds(loop.max));
    loop.reset();
    const { user, system } = process.cpuUsage();
    set('processCpu', {}, (user + system) / MICROSECONDS);
    set('residentMemory', {}, process.memoryUsage.rss());
  }

  return {
    add: (name, labels, amount = 1) => counters.get(name)?.inc(plain(labels), amount),
    shift: (name, labels, amount) => gauges.get(name)?.inc(plain(labels), amount),
    set,
    sample: (name, labels, read) => void samples.push(() => set(name, labels, read())),
    beforeRead: (refresh) => void refreshes.push(refresh),
    observe: (name, labels, value) => histograms.get(name)?.observe(plain(labels), value),
    async text() {
      await Promise.all(refreshes.map((refresh) => refresh()));
      measureProcess();
      for (const take of samples) take();
      return await registry.metrics();
    },
    contentType: registry.contentType,
    close: () => loop.disable(),
  };
}
