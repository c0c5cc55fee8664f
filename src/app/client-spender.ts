import { v5 as uuidOf } from 'uuid';
import { MEMORY } from '../config/memory-settings.ts';
import { ExecutionId, type TenantId } from '../core/ids.ts';
import { DAY_MS } from '../core/units.ts';
import type { Spender } from '../orchestrator/charged-call.ts';

/** A day of UTC, as the one who pays for what the clients of a tenant ask for in it. */
interface ClientDay {
  /** What its budget and its rows of the ledger bear in place of a root execution: each tenant and day has one of its own. */
  readonly root: ExecutionId;
  /** Milliseconds since 1970. */
  readonly endsAt: number;
}

export function clientDay(tenant: TenantId, now: number): ClientDay {
  const startsAt = now - (now % DAY_MS);
  // Version 5 (RFC 9562): of the tenant and the day alone, and never that of an execution, which has version 7.
  return { root: ExecutionId.parse(uuidOf(String(startsAt), tenant)), endsAt: startsAt + DAY_MS };
}

interface ClientRequest {
  readonly tenant: TenantId;
  readonly id: ExecutionId;
  readonly field: string;
  readonly day: ClientDay;
  readonly limitUsdMicros: bigint;
}

/** A client pays outside of every execution: its rows bear the ID of the request, and its tenant's day has a budget. */
export function clientSpender({ tenant, id, field, day, limitUsdMicros }: ClientRequest): Spender {
  let calls = 0;
  const freesAt = new Date(day.endsAt).toISOString();
  const { name } = MEMORY.memoryClientMaxUsdMicrosPerDay;
  return {
    ...{ tenant, executionId: id, rootExecutionId: day.root, blueprintId: undefined, path: field, attempt: 1 },
    ...{ leaseToken: undefined, maxCostUsdMicros: () => limitUsdMicros, nextCall: () => calls++ },
    limit: {
      whose: "the day's",
      remedy: `What calls on their way do not use comes free as they end, all of it at ${freesAt}. Ask again then, raise ${name}`,
    },
  };
}
