import { z } from 'zod';
import { SETTINGS } from '../../src/config.ts';
import { EVENT_FORMAT, EVENT_TYPE_CODES, ExecutionEvent } from '../../src/execution/events.ts';
import { CallSpec, FromWorker, ToWorker } from '../../src/protocol/messages.ts';
import { METRICS } from '../../src/telemetry/metric-name.ts';

const text = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;

const schemaOf = (schema: z.core.$ZodType, io: 'input' | 'output' = 'input'): object => ({
  ...z.toJSONSchema(schema, { io, unrepresentable: 'any' }),
  // The address of the standard says nothing of ours.
  $schema: undefined,
});

/** What dashboards and alerts rely on: each metric with its type, labels and buckets. Its unit is part of its name. */
const metrics = (): object =>
  Object.fromEntries(
    Object.values(METRICS).map((metric) => [
      metric.name,
      { type: metric.type, labels: metric.labels, ...('buckets' in metric && { buckets: metric.buckets }) },
    ]),
  );

/** What deployments rely on: each setting with its default, its unit, and the values that it takes. */
const settings = (): object =>
  Object.fromEntries(
    Object.values(SETTINGS).map(({ name, shown, unit, schema }) => {
      const values = schemaOf(schema, 'output');
      return [name, { default: shown, ...('minimum' in values && { unit }), ...values }];
    }),
  );

/** What recorded journals rely on: their format, the numbers of the types, and each event. */
const events = (): object => ({ format: EVENT_FORMAT, codes: EVENT_TYPE_CODES, ...schemaOf(ExecutionEvent) });

/** What a server and a worker of another release rely on. */
const workerProtocol = (): object => ({
  toWorker: schemaOf(ToWorker),
  call: schemaOf(CallSpec),
  fromWorker: schemaOf(FromWorker),
});

/** The files that hold what others rely on, beside schema.graphql. */
export const contractDocuments = (): readonly (readonly [file: string, text: string])[] => [
  ['docs/generated/metrics.json', text(metrics())],
  ['docs/generated/settings.json', text(settings())],
  ['docs/generated/events.json', text(events())],
  ['docs/generated/worker-protocol.json', text(workerProtocol())],
];
