import { z } from 'zod';
import { MINUTE_MS } from '../core/units.ts';
import { flag, ms, number, optional, text, url, type Described, type Environment, type Setting } from './setting.ts';

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

/** Samplers of OpenTelemetry that keep a share; of others the argument means something else. */
const IS_OF_SHARE = /^(parentbased_)?traceidratio$/;

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
  otlpProtocol: text(
    observability(
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'How collectors are spoken to. grpc is refused where there is an endpoint.',
    ),
    'http/json',
  ),
  otlpTracesProtocol: optional(
    observability(
      'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
      'The same for traces alone, before OTEL_EXPORTER_OTLP_PROTOCOL.',
    ),
    '',
    z.string(),
  ),
  traceSampler: text(
    observability(
      'OTEL_TRACES_SAMPLER',
      'Which traces are kept. traceidratio and parentbased_traceidratio: the share OTEL_TRACES_SAMPLER_ARG. always_off and parentbased_always_off: none. Any other: all. What the traceparent of a client says of it does not count.',
    ),
    'parentbased_always_on',
  ),
  traceShare: {
    ...share(
      observability(
        'OTEL_TRACES_SAMPLER_ARG',
        'Share of the traces that are kept, by their id. Read only where OTEL_TRACES_SAMPLER is traceidratio or parentbased_traceidratio.',
      ),
      1,
    ),
    counts: ({ OTEL_TRACES_SAMPLER: sampler = '' }: Environment): boolean => IS_OF_SHARE.test(sampler.trim()),
  },
};

/** The share that the sampler keeps. */
export const shareOf = (sampler: string, share: number): number =>
  /^(parentbased_)?always_off$/.test(sampler) ? 0 : share;

interface Protocols {
  readonly otlpEndpoint: string | undefined;
  readonly otlpProtocol: string;
  readonly otlpTracesProtocol: string | undefined;
}

/** Rules between them. */
export function observabilityFaults({
  otlpEndpoint,
  otlpProtocol,
  otlpTracesProtocol,
}: Protocols): readonly { readonly setting: string; readonly message: string }[] {
  if (otlpEndpoint === undefined || (otlpTracesProtocol ?? otlpProtocol) !== 'grpc') return [];
  const { otlpEndpoint: endpoint, otlpProtocol: all, otlpTracesProtocol: traces } = OBSERVABILITY;
  const setting = otlpTracesProtocol === undefined ? all.name : traces.name;
  const message = `${setting}: traces are handed over as OTLP over HTTP, and grpc is not spoken. Set ${traces.name}=http/json, and ${endpoint.name} to the collector's port for HTTP (4318 as a rule).`;
  return [{ setting, message }];
}
