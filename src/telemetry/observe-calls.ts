import type { LabelsOf } from './metric-name.ts';
import type { Metrics } from './metrics.ts';

const USD_MICROS = 1e6;

/** One call at a provider of models, at its end. */
export interface ObservedModelCall {
  /** Memory is no call of a model. */
  readonly kind: LabelsOf<'modelCalls'>['kind'] | 'memory';
  readonly model: string;
  readonly outcome: LabelsOf<'modelCalls'>['outcome'];
  /** What was charged for it. */
  readonly spent:
    { readonly inputTokens: number; readonly outputTokens: number; readonly costUsdMicros: bigint } | undefined;
}

/** Counts the calls that this process has made, with their tokens and dollars as the ledger has them. */
export function observeCalls(metrics: Metrics): (call: ObservedModelCall) => void {
  return ({ kind, model, outcome, spent }) => {
    if (kind === 'memory') return;
    metrics.add('modelCalls', { kind, outcome });
    if (spent === undefined) return;
    metrics.add('modelTokens', { kind, model, direction: 'input' }, spent.inputTokens);
    metrics.add('modelTokens', { kind, model, direction: 'output' }, spent.outputTokens);
    metrics.add('modelCost', { kind, model }, Number(spent.costUsdMicros) / USD_MICROS);
  };
}
