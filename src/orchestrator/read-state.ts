import type { Plan } from '../blueprint/plan.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { apply } from '../execution/apply.ts';
import { createState } from '../execution/create-state.ts';
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
    const [first, ...rest] = await events.read(tenant, executionId, 0, PAGE);
    if (first?.type !== 'executionRequested')
      throw new NoJournalError(`Execution ${executionId} has no request in its journal.`);
    const state = createState(await planOf(tenant, first.fingerprint), first);
    for (let page = rest; page.length > 0; page = await readOn(state.lastSequence)) {
      for (const event of page) {
        if (event.type === 'unknown')
          throw new Error(`Event ${event.sequence} of ${executionId} is of a newer release.`);
        apply(state, event);
      }
    }
    return state;

    async function readOn(after: number): Promise<typeof rest> {
      return [...(await events.read(tenant, executionId, after, PAGE))];
    }
  };
