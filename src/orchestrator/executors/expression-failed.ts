import type { EvaluationFailure } from '../../expression/template.ts';
import type { EventDraft } from '../../execution/events.ts';

/** The event of a node whose expression has no value. */
export function expressionFailed(path: string, field: string, failure: EvaluationFailure): EventDraft {
  const message = `${field} of "${path}": ${failure.message} (in \${ ${failure.expression} })`;
  return { type: 'nodeFailed', path, failure: { reason: 'expressionFailed', message, retryable: false, path } };
}
