import type { SwarmPlan } from '../../blueprint/plan.ts';
import type { AgentEnd } from './agent-end.ts';
import type { AgentScope } from './agent-scope.ts';
import type { AgentTask } from './do-task.ts';
import { doTask } from './do-task.ts';
import type { Asked, StepsEnd } from './run-steps.ts';
import { together } from './together.ts';

/** What the members of a swarm work on. */
export interface SwarmWork {
  readonly node: SwarmPlan;
  readonly asked: Asked;
  readonly scope: AgentScope;
}

export type Stopped = Exclude<AgentEnd, { readonly type: 'answered' }>;
export type Answered = Extract<AgentEnd, { readonly type: 'answered' }>;

/** How a strategy ends: the same for all, so that blueprints can change it. */
export const concluded = (text: string, agent: string, rounds: number): StepsEnd => ({
  type: 'succeeded',
  output: { text, agent, rounds },
});

/** A task of one member, with what holds for all of them. */
export const memberTask = (
  { node: { spec }, asked: { session } }: SwarmWork,
  task: Pick<AgentTask, 'thread' | 'agent' | 'prompt'> & Partial<AgentTask>,
): AgentTask => ({
  session,
  maxTurns: spec.maxTurns,
  relies: spec.memory,
  isKept: false,
  onText: () => undefined,
  ...task,
});

/** Asks all members side by side; all answers in their order, or why there are none. */
export async function askAll(
  { scope }: SwarmWork,
  tasks: readonly AgentTask[],
): Promise<{ readonly type: 'all'; readonly answers: readonly Answered[] } | Stopped> {
  const works = tasks.map((task) => (inGroup: AgentScope) => doTask(task, inGroup));
  const ends = await together<AgentScope, AgentEnd>(scope, works, ({ type }) => type === 'failed');
  const stopped = ends.flatMap((end) => (end.type === 'answered' ? [] : [end]));
  // Those that were stopped by it say no more than that.
  const cause = stopped.find(({ type }) => type !== 'aborted') ?? stopped[0];
  return cause ?? { type: 'all', answers: ends.flatMap((end) => (end.type === 'answered' ? [end] : [])) };
}
