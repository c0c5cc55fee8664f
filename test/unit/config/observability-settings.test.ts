import { describe, expect, it } from 'vitest';
import { parseConfig, serveFaults, type Config } from '../../../src/config.ts';
import { shareOf } from '../../../src/config/observability-settings.ts';

function config(environment: Record<string, string>): Config {
  const parsed = parseConfig(environment);
  if (!parsed.ok) throw new Error(parsed.error.map(({ message }) => message).join('\n'));
  return parsed.value;
}

describe('the sampler of OpenTelemetry', () => {
  it.each([
    ['traceidratio', '0.25', 0.25],
    ['parentbased_traceidratio', '0.25', 0.25],
    ['parentbased_traceidratio', '', 1],
    ['parentbased_always_on', '0.25', 1],
    // Of these two the argument is something else, and stops no start.
    ['jaeger_remote', 'endpoint=http://localhost:14250,initialSamplingRate=0.25', 1],
    ['', 'endpoint=http://localhost:14250', 1],
    ['always_off', '0.25', 0],
    ['parentbased_always_off', '', 0],
  ])('%s with the argument %j keeps %d', (OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, share) => {
    const { traceSampler, traceShare } = config({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG });
    expect(shareOf(traceSampler, traceShare)).toBe(share);
  });

  it.each(['2', '-1', 'half'])('refuses %j for a share', (OTEL_TRACES_SAMPLER_ARG) => {
    const environment = { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG };
    expect(() => config(environment)).toThrow(/^OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1/);
  });
});

describe('the protocol of OpenTelemetry', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4317';
  const both = (all: string, traces: string): Record<string, string> => ({
    OTEL_EXPORTER_OTLP_PROTOCOL: all,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: traces,
  });
  const faultsOf = (environment: Record<string, string>): unknown => serveFaults(config(environment));

  it.each([
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', ''],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/protobuf', 'grpc'],
  ])('is refused as %s where it is grpc (%j, %j)', (setting, all, traces) => {
    expect(faultsOf({ OTEL_EXPORTER_OTLP_ENDPOINT, ...both(all, traces) })).toEqual([
      { setting, message: expect.stringMatching(/over HTTP, and grpc is not spoken\. Set .*=http\/json/) },
    ]);
  });

  it.each([
    ['', ''],
    ['http/protobuf', ''],
    ['grpc', 'http/json'],
  ])('is taken where traces go over HTTP (%j, %j)', (all, traces) => {
    expect(faultsOf({ OTEL_EXPORTER_OTLP_ENDPOINT, ...both(all, traces) })).toEqual([]);
  });

  it('matters to nobody where nothing is traced', () => {
    expect(faultsOf(both('grpc', 'grpc'))).toEqual([]);
  });
});
