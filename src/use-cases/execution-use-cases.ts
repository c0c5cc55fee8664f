import type { Clock } from '../core/clock.ts';
import type { ExecutionViews } from '../live/execution-views.ts';
import type { FollowDeps } from '../live/follow.ts';
import type { LiveBus } from '../live/live-bus.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import type { ValueStore } from '../store/value-store.ts';
import { createCancelExecution, type CancelExecution } from './cancel-execution.ts';
import { createFollowBlueprint, type FollowBlueprint } from './follow-blueprint.ts';
import { createFollowExecution, type FollowExecution } from './follow-execution.ts';
import { createFollowExecutions, type FollowExecutions } from './follow-executions.ts';
import { createGetEvents, type GetEvents } from './get-events.ts';
import { createGetExecutionNode, type GetExecutionNode } from './get-execution-node.ts';
import { createGetExecutions, type GetExecutions } from './get-executions.ts';
import { createListExecutionEvents, type ListExecutionEvents } from './list-execution-events.ts';
import { createListExecutions, type ListExecutions } from './list-executions.ts';
import { createPauseExecution, type PauseExecution } from './pause-execution.ts';
import { createResolveValue, type ResolveValue } from './resolve-value.ts';
import { createResumeExecution, type ResumeExecution } from './resume-execution.ts';
import { createStartExecution, type StartExecution, type StartExecutionDeps } from './start-execution.ts';

const POLL_INTERVAL_MS = 1_000;
const GATHER_MS = 100;

/** What a client may ask for about executions; every call sees the viewer's tenant alone. */
export interface ExecutionUseCases {
  readonly startExecution: StartExecution;
  readonly cancelExecution: CancelExecution;
  readonly pauseExecution: PauseExecution;
  readonly resumeExecution: ResumeExecution;
  readonly getExecutions: GetExecutions;
  readonly listExecutions: ListExecutions;
  readonly getEvents: GetEvents;
  readonly listExecutionEvents: ListExecutionEvents;
  readonly getExecutionNode: GetExecutionNode;
  readonly resolveValue: ResolveValue;
  readonly followExecution: FollowExecution;
  readonly followExecutions: FollowExecutions;
  readonly followBlueprint: FollowBlueprint;
}

export interface ExecutionUseCasesDeps
  extends StartExecutionDeps, Pick<FollowDeps, 'maxLagMs' | 'onDelivered' | 'onLagged'> {
  readonly blueprints: BlueprintStore;
  readonly executions: ExecutionStore;
  readonly events: EventStore;
  readonly values: ValueStore;
  readonly views: ExecutionViews;
  readonly bus: LiveBus;
  readonly clock: Clock;
}

/** All use cases of executions, connected. */
export function createExecutionUseCases(given: ExecutionUseCasesDeps): ExecutionUseCases {
  const deps = { ...given, pollIntervalMs: POLL_INTERVAL_MS, gatherMs: GATHER_MS };
  return {
    startExecution: createStartExecution(deps),
    cancelExecution: createCancelExecution(deps),
    pauseExecution: createPauseExecution(deps),
    resumeExecution: createResumeExecution(deps),
    getExecutions: createGetExecutions(deps),
    listExecutions: createListExecutions(deps),
    getEvents: createGetEvents(deps),
    listExecutionEvents: createListExecutionEvents(deps),
    getExecutionNode: createGetExecutionNode(deps),
    resolveValue: createResolveValue(deps),
    followExecution: createFollowExecution(deps),
    followExecutions: createFollowExecutions(deps),
    followBlueprint: createFollowBlueprint(deps),
  };
}
