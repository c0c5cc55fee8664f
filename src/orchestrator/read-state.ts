import type { Plan } from '../blueprint/plan.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { apply } from '../execution/apply.ts';
import { createState } from '../execution/create-state.ts';
import type { RecordedEvent } from '../execution/events.ts';
import type { JournalPage } from '../execution/journal-page.ts';
import type { ExecutionState } from '../execution/state.ts';
import type { EventStore } from '../store/event-store.ts';

const PAGE = 1_000;

/** There is no such execution: its start was never committed. */
export class NoJournalError extends Error {
  override readonly name = 'NoJournalError';
}

export interface ReadStateDeps {
  readonly events: Pick<EventStore, 'read'>;
  readonly planOf: (tenant: TenantId, fingerprint: string) => Promise<Plan>;
}

/** The state of an execution as the journal has it: its events folded over the plan that it pinned. */
export const createReadState =
  ({ events, planOf }: ReadStateDeps) =>
  async ({
    tenant,
    executionId,
  }: {
    readonly tenant: TenantId;
    readonly executionId: ExecutionId;
  }): Promise<ExecutionState> => {
    const read = async (after: number): Promise<JournalPage> => {
      const found = await events.read(tenant, executionId, after, PAGE);
      if (found.isNewer === true) throw new Error(`Events behind ${after} of ${executionId} are of a newer release.`);
      return found;
    };
    let page = await read(0);
    const [first, ...rest] = page.events;
    if (first?.type !== 'executionRequested')
      throw new NoJournalError(`Execution ${executionId} has no request in its journal.`);
    const state = createState(await planOf(tenant, first.fingerprint), first);
    const applyAll = (some: readonly RecordedEvent[]): void => {
      for (const event of some) {
        if (event.type === 'unknown')
          throw new Error(`Event ${event.sequence} of ${executionId} is of a newer release.`);
        apply(state, event);
      }
    };
    applyAll(rest);
    while (page.more) {
      page = await read(state.lastSequence);
      applyAll(page.events);
    }
    return state;
  };
