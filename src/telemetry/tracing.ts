import type { Logger } from './logger.ts';

/** Small words and numbers that the product chooses itself: no input, no output, no query and no message of an error. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanSettings {
  /** A `traceparent` of W3C that came from elsewhere; without one it belongs to what runs here now. */
  readonly parent?: string | undefined;
  readonly kind?: 'server' | 'client' | undefined;
  readonly attributes?: SpanAttributes | undefined;
}

/** How something ended. */
export type SpanOutcome = 'succeeded' | 'failed' | (string & {});

export interface OpenSpan {
  /** What is begun in it belongs to it, however long it takes. */
  run<T>(work: () => T): T;
  end(outcome: SpanOutcome): void;
}

/** Spans of what this process does, for the operator's collector. */
export interface Tracing {
  open(name: string, settings?: SpanSettings): OpenSpan;
  /** A span that is over already, and belongs to nobody's trace: it was the work of many. */
  record(name: string, of: { readonly ms: number; readonly attributes: SpanAttributes }): void;
  /** The `traceparent` of what runs here now. */
  readonly traceparent: string | undefined;
  /** Hands over what is left, for a bounded time. */
  close(): Promise<void>;
}

export interface TracingSettings {
  /** Of a collector that takes OTLP over HTTP. */
  readonly endpoint: string;
  readonly serviceName: string;
  /** Of the traces that are kept, 0 to 1, by their id; what a client's `traceparent` says of it does not count. */
  readonly share: number;
  readonly onFault: (message: string) => void;
}

/** Loads OpenTelemetry, 0.7 MB of program, only where somebody collects. */
export async function openTracing(settings: TracingSettings): Promise<Tracing> {
  const { createOpenTelemetry } = await import('./open-telemetry.ts');
  return createOpenTelemetry(settings);
}

/** Carries out work in a span of its own. */
export async function inSpan<T>(
  span: OpenSpan | undefined,
  work: () => Promise<T>,
  outcomeOf: (value: T) => SpanOutcome,
): Promise<T> {
  if (span === undefined) return work();
  try {
    const value = await span.run(work);
    span.end(outcomeOf(value));
    return value;
  } catch (error) {
    span.end('failed');
    throw error;
  }
}

/** The trace that a `traceparent` names. */
const traceIdOf = (traceparent: string): string | undefined => traceparent.split('-')[1];

/** The same logger, whose lines name the trace within which they are written. */
export function withTraceIds(logger: Logger, tracing: Pick<Tracing, 'traceparent'>): Logger {
  const now = (): Logger => {
    const { traceparent } = tracing;
    return traceparent === undefined ? logger : logger.child({ traceId: traceIdOf(traceparent) });
  };
  return {
    debug: (message, fields) => now().debug(message, fields),
    info: (message, fields) => now().info(message, fields),
    warn: (message, fields) => now().warn(message, fields),
    error: (message, fields) => now().error(message, fields),
    fatal: (message, fields) => now().fatal(message, fields),
    child: (fields) => withTraceIds(logger.child(fields), tracing),
  };
}
