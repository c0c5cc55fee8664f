import { ExecutionId } from '../core/ids.ts';
import { createLocalDispatch } from '../dispatch/local-dispatch.ts';
import type { LocalDispatch } from '../dispatch/local-dispatch.ts';
import type { OpenStore } from './open-store.ts';

const CHANNEL = 'iceos_dispatch';

export interface OpenDispatch extends LocalDispatch {
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The doorbell: in memory, and by NOTIFY to other processes on the same Postgres. A lost ring is found by the sweep. */
export function openDispatch(store: OpenStore, reportFault: (error: unknown) => void): OpenDispatch {
  const isShared = store.database.kind === 'postgres';
  const notify = isShared
    ? (executionId: ExecutionId): void => void store.notifications.notify(CHANNEL, executionId).catch(reportFault)
    : undefined;
  const dispatch = createLocalDispatch({ notify });
  let stop: (() => Promise<void>) | undefined;
  return {
    ...dispatch,
    async start() {
      if (!isShared) return;
      stop = await store.notifications.listen(CHANNEL, {
        onText(text) {
          const executionId = ExecutionId.safeParse(text);
          if (executionId.success) dispatch.hear(executionId.data);
        },
      });
    },
    async close() {
      await stop?.();
    },
  };
}
