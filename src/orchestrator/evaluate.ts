import type { Json } from '../core/json.ts';
import { buildContext, valuesNeeded } from '../execution/scope.ts';
import type { BodyState, ExecutionState, StoredValue } from '../execution/state.ts';
import type { CompiledTemplate, Evaluated } from '../expression/template.ts';
import type { Maybe } from './executor.ts';

export interface EvaluateDeps {
  readonly state: () => ExecutionState;
  readonly load: (stored: StoredValue) => Maybe<Json>;
}

/** Evaluates a template in a body, at once where every value that it reads is at hand. */
export function createEvaluate({ state, load }: EvaluateDeps) {
  return (body: BodyState, template: CompiledTemplate): Maybe<Evaluated> => {
    if (template.constant) return template.evaluate({});
    const place = { state: state(), body };
    const loaded = new Map<StoredValue, Json>();
    const missing: Promise<void>[] = [];
    for (const stored of valuesNeeded(place, template)) {
      const value = load(stored);
      if (value instanceof Promise) missing.push(value.then((arrived) => void loaded.set(stored, arrived)));
      else loaded.set(stored, value);
    }
    const evaluate = (): Evaluated =>
      template.evaluate(
        buildContext(place, template, (stored) => ('value' in stored ? stored.value : (loaded.get(stored) ?? null))),
      );
    return missing.length === 0 ? evaluate() : Promise.all(missing).then(evaluate);
  };
}
