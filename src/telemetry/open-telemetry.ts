import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { Tracing, TracingSettings } from './tracing.ts';

const MOST_QUEUED = 4_096;
const EXPORT_MS = 5_000;
/** For what is left when the process ends: a collector that is away holds nobody up. */
const FLUSH_MS = 3_000;

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** As it came from elsewhere: what is no `traceparent` is as if there were none. */
function contextOf(traceparent: string, base: Context): Context {
  const [, traceId, spanId, flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined) return base;
  return trace.setSpanContext(base, { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true });
}

/** Spans go in batches, from a bounded queue: what does not fit is dropped. Nothing is patched, and nothing is global. */
export function createOpenTelemetry({ endpoint, serviceName, share, onFault }: TracingSettings): Tracing {
  // The only way that the exporter has to say what it could not hand over.
  const tell = (message: string): void => onFault(message);
  const silent = (): void => undefined;
  diag.setLogger(
    { error: tell, warn: tell, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const contexts = new AsyncLocalStorageContextManager().enable();
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  // Whoever may ask can say "sampled" or "not sampled": the share is the operator's, and what belongs to a client's trace has it too.
  const ofShare = new TraceIdRatioBasedSampler(share);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName }),
    sampler: new ParentBasedSampler({
      ...{ root: ofShare, remoteParentSampled: ofShare, remoteParentNotSampled: ofShare },
    }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS }), {
        maxQueueSize: MOST_QUEUED,
        exportTimeoutMillis: EXPORT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('iceos');
  let closing: Promise<void> | undefined;

  return {
    open(name, { parent, kind, attributes } = {}) {
      const base = parent === undefined ? contexts.active() : contextOf(parent, contexts.active());
      const spanKind = kind === 'server' ? SpanKind.SERVER : kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL;
      const span = tracer.startSpan(name, { kind: spanKind, attributes: { ...attributes } }, base);
      const own = trace.setSpan(base, span);
      return {
        run: (work) => contexts.with(own, work),
        end(outcome) {
          span.setAttribute('iceos.outcome', outcome);
          if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    record(name, { ms, attributes }) {
      const endedAt = Date.now();
      const startTime = endedAt - ms;
      tracer.startSpan(name, { attributes: { ...attributes }, startTime, root: true }, ROOT_CONTEXT).end(endedAt);
    },
    get traceparent() {
      const context = trace.getSpanContext(contexts.active());
      if (context === undefined) return undefined;
      return `00-${context.traceId}-${context.spanId}-${context.traceFlags.toString(16).padStart(2, '0')}`;
    },
    close: () =>
      (closing ??= new Promise((resolve) => {
        const timer = setTimeout(resolve, FLUSH_MS);
        provider
          .shutdown()
          .catch((error: unknown) => onFault(String(error)))
          .finally(() => {
            clearTimeout(timer);
            contexts.disable();
            diag.disable();
            resolve();
          });
      })),
  };
}
