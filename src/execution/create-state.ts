import type { Plan } from '../blueprint/plan.ts';
import { changedBudget, type CostBudget } from '../usage/budget.ts';
import { NO_USAGE } from '../usage/usage.ts';
import { createBody, type Agenda, type Live, type StateCell } from './cells.ts';
import { toBudgetChange, type ExecutionEventOf } from './events.ts';
import type { ExecutionState } from './state.ts';
import { toStoredValue } from './values.ts';

/** The state after `executionRequested`, an execution's first event. */
export function createState(plan: Plan, requested: ExecutionEventOf<'executionRequested'>): ExecutionState {
  const live: Live = { nodes: new Map(), bodies: new Map(), agenda: createAgenda() };
  const root = createBody(live, plan.root, { path: '', parent: undefined, place: 0, index: undefined, isListed: true });
  // Member by member: a spread of `live` in so large a literal took ten times as long as all the rest.
  const state: StateCell = {
    nodes: live.nodes,
    bodies: live.bodies,
    agenda: live.agenda,
    blueprintId: requested.blueprintId,
    traceparent: requested.traceparent,
    plan,
    root,
    status: 'pending',
    lastSequence: requested.sequence,
    lastAt: requested.at,
    requestedAt: requested.at,
    startedAt: undefined,
    finishedAt: undefined,
    deadlineAt: undefined,
    maxWallMs: requested.maxWallMs,
    tools: {},
    agents: {},
    models: {},
    notes: new Map(),
    input: toStoredValue(requested.input, requested.sequence),
    output: undefined,
    failure: undefined,
    cancel: undefined,
    pause: undefined,
    budget: budgetOf(plan, requested),
    usage: NO_USAGE,
    progress: { done: 0, total: root.nodes.length },
    running: new Map(),
    crashCount: 0,
    startedSinceCrash: false,
    openNodes: new Set(),
    openBodyCount: 0,
    starved: new Set(),
    isEnding: false,
    stopped: [],
  };
  return state;
}

const budgetOf = ({ budget }: Plan, { budget: asked }: ExecutionEventOf<'executionRequested'>): CostBudget =>
  changedBudget(budget, asked === undefined ? {} : toBudgetChange(asked), budget.maxCostUsdMicros);

const createAgenda = (): Agenda => ({
  ready: new Set(),
  skips: new Map(),
  failures: new Map(),
  bodies: new Set(),
  closings: new Set(),
  cancels: new Map(),
  timers: [],
});
