import { projection } from '../../src/execution/projection.ts';
import type { ExecutionState } from '../../src/execution/state.ts';
import { stepsOf } from '../../src/execution/steps.ts';
import { listNodes } from '../../src/execution/visible.ts';

/** What a reader can see of a state: values alone. */
export const seenOf = (state: ExecutionState): object => ({
  nodes: listNodes(state).map(({ path, status, attempt, output, failure, progress, usage, receipt, ...at }) => ({
    ...{ path, status, attempt, output, failure, usage, receipt, progress: progress && { ...progress } },
    ...{ startedAt: at.startedAt, finishedAt: at.finishedAt, retryAt: at.retryAt },
  })),
  projection: projection(state),
  running: [...state.running.keys()],
  steps: [...state.running.keys()].map((path) => [...stepsOf(state, path)]),
  notes: [...state.notes],
  crashCount: state.crashCount,
  pause: state.pause,
  budget: state.budget,
  deadlineAt: state.deadlineAt,
  output: state.output,
  failure: state.failure,
});
