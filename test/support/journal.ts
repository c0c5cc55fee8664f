import { v7 as uuid } from 'uuid';
import { BlueprintId, DEFAULT_TENANT, ExecutionId, OrchestratorId, TenantId } from '../../src/core/ids.ts';
import type { ExecutionEvent } from '../../src/execution/events.ts';
import type { ExecutionProjection } from '../../src/execution/projection.ts';
import type { AppendRequest } from '../../src/store/event-store.ts';
import type { StartRequest } from '../../src/store/execution-store.ts';
import type { Stores } from '../../src/store/stores.ts';
import { NO_USAGE } from '../../src/usage/usage.ts';

export const newExecutionId = (): ExecutionId => ExecutionId.parse(uuid());
export const newBlueprintId = (): BlueprintId => BlueprintId.parse(uuid());
export const newOrchestratorId = (): OrchestratorId => OrchestratorId.parse(uuid());
export const newTenantId = (): TenantId => TenantId.parse(uuid());

/** SHA-256 in hex, as far as its form goes. */
export const someDigest = (): string => uuid().replaceAll('-', '').repeat(2);

export const RUNNING: ExecutionProjection = { status: 'running', done: 0, total: 3, ...NO_USAGE };
export const AT = 1_800_000_000_000;

export const requested = (blueprintId: BlueprintId): ExecutionEvent => ({
  type: 'executionRequested',
  sequence: 1,
  at: AT,
  blueprintId,
  version: 1,
  fingerprint: 'a'.repeat(64),
  input: { inline: { name: 'Ada' } },
  requestedBy: 'test',
});

export const succeeded = (sequence: number, value: string | number = sequence): ExecutionEvent => ({
  type: 'attemptSucceeded',
  sequence,
  at: AT + sequence,
  path: `step_${sequence}`,
  attempt: 1,
  output: { inline: value },
});

export const finished = (sequence: number): ExecutionEvent => ({
  type: 'executionSucceeded',
  sequence,
  at: AT + sequence,
  output: { inline: null },
});

/** A blueprint that executions may be started of. */
export async function insertBlueprint(
  stores: Pick<Stores, 'blueprints'>,
  tenant = DEFAULT_TENANT,
): Promise<BlueprintId> {
  const id = newBlueprintId();
  const document = { name: `b-${id}`, nodes: {} };
  await stores.blueprints.insert({ id, tenant, document, fingerprint: someDigest(), at: AT, by: 'test' });
  return id;
}

/** A start of one blueprint; claimed when it has an owner. */
export function startRequest(blueprintId: BlueprintId, more: Partial<StartRequest> = {}): StartRequest {
  return {
    id: newExecutionId(),
    tenant: DEFAULT_TENANT,
    blueprintId,
    blueprintVersion: 1,
    events: [requested(blueprintId)],
    projection: { ...RUNNING, status: more.owner === undefined ? 'pending' : 'running' },
    idempotency: undefined,
    owner: undefined,
    ...more,
  };
}

/** An append of the owner after the sequence `expected`. */
export function appendRequest(executionId: ExecutionId, more: Partial<AppendRequest> = {}): AppendRequest {
  const expected = more.expected ?? 1;
  return {
    executionId,
    tenant: DEFAULT_TENANT,
    leaseToken: 1,
    events: [succeeded(expected + 1)],
    expected,
    projection: RUNNING,
    ...more,
  };
}

/** An execution that a registered orchestrator owns under token 1. */
export async function startOwned(
  stores: Stores,
  blueprintId: BlueprintId,
): Promise<{ readonly id: ExecutionId; readonly owner: OrchestratorId }> {
  const owner = newOrchestratorId();
  await stores.leases.register(owner, 60_000);
  const request = startRequest(blueprintId, { owner });
  await stores.executions.start(request);
  return { id: request.id, owner };
}

/** All sequences of an execution. */
export async function sequencesOf(stores: Stores, id: ExecutionId): Promise<readonly number[]> {
  const { events } = await stores.events.read(DEFAULT_TENANT, id, 0, 100_000);
  return events.map(({ sequence }) => sequence);
}

export const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);
