import type { Json } from '../../src/core/json.ts';
import type { AttemptContext, Executors } from '../../src/orchestrator/executor.ts';

/** What a code node does in a test that is not about processes. Throws to fail; ends by itself when the signal fires. */
export type Script = (attempt: AttemptContext, signal: AbortSignal) => Promise<Json> | Json;

/** Code nodes that follow a script instead of running their source in a worker. */
export const scripted =
  (script: Script) =>
  (executors: Executors): Executors => ({
    ...executors,
    code: {
      effect: true,
      async run(_node, attempt, signal) {
        try {
          return { type: 'succeeded', output: await script(attempt, signal) };
        } catch (error) {
          if (signal.aborted) return { type: 'aborted' };
          const message = error instanceof Error ? error.message : String(error);
          return { type: 'failed', failure: { reason: 'threw', message, retryable: true } };
        }
      },
    },
  });

/** Never ends by itself. */
export const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error('stopped'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });

/** A door that stays shut until a test opens it. */
export interface Gate {
  /** Resolves when the door is open; rejects when the attempt is stopped before. */
  pass(signal: AbortSignal): Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { pass: (signal) => Promise.race([opened, untilStopped(signal)]), open: () => open() };
}

/** A code node whose source does not matter. */
export const code = (more: object = {}): object => ({ kind: 'code', source: 'return null;', ...more });
