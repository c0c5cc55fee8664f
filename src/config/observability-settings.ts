import { z } from 'zod';
import { MINUTE_MS } from '../core/units.ts';
import { flag, ms, number, optional, text, url, type Described, type Setting } from './setting.ts';

const observability = (name: string, meaning: string): Described => ({ group: 'Observability', name, meaning });

/** A number from 0 to 1. */
const share = (about: Described, value: number): Setting<number> => ({
  ...about,
  unit: 'share from 0 to 1',
  shown: String(value),
  schema: z
    .string()
    .regex(/^(0|1|0?\.\d{1,9}|1\.0)$/, 'must be a number from 0 to 1, such as 0.05')
    .transform(Number),
  absent: () => value,
});

/** What an operator is told of the process itself. */
export const OBSERVABILITY = {
  eventLoopLimitMs: number(
    observability(
      'ICEOS_EVENT_LOOP_LIMIT_MS',
      'How long the main thread may be held by one stretch of work; a longer one is counted as iceos_event_loop_holds_total.',
    ),
    { ...ms, min: 40, max: MINUTE_MS },
    200,
  ),
  eventLoopStacks: flag(
    observability(
      'ICEOS_EVENT_LOOP_STACKS',
      'Whether a thread watches the main thread, so that the log says with a stack what held it for longer.',
    ),
    'off',
    () => false,
  ),
  otlpEndpoint: optional(
    observability(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'A collector of traces that takes OTLP over HTTP, such as http://127.0.0.1:4318. Without it nothing is traced. Headers that it asks for: OTEL_EXPORTER_OTLP_HEADERS.',
    ),
    'URL',
    url(/^https?:$/, 'must be a URL such as http://127.0.0.1:4318'),
  ),
  serviceName: text(observability('OTEL_SERVICE_NAME', 'Under which name traces are collected.'), 'iceos'),
  traceShare: share(
    observability(
      'OTEL_TRACES_SAMPLER_ARG',
      'Share of the traces that are kept, by their id. What the traceparent of a client says of it does not count.',
    ),
    1,
  ),
};
