import type { EventDraft } from '../../execution/events.ts';

/** The event of a node, or of a body at its path, whose value is larger than anything that is kept. */
export const tooLarge = (path: string, field: string, why: string): EventDraft => ({
  type: 'nodeFailed',
  path,
  failure: { reason: 'limitReached', message: `${field} of "${path}" ${why}.`, retryable: false, path },
});
