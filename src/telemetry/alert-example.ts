/** Series with their values, as `promtool test rules` writes them. */
export type ExampleSeries = readonly (readonly [series: string, values: string])[];

/** What an alert fires on, and what it is quiet on. */
export interface Example {
  /** Between two values. */
  readonly interval: string;
  readonly fault: ExampleSeries;
  /** Undefined: it always fires. */
  readonly health: ExampleSeries | undefined;
  /** When it is looked at, such as `5m`. */
  readonly at: string;
  /** Labels that the expression gives it. */
  readonly labels?: Readonly<Record<string, string>>;
}
