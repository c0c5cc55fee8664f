import type { AgentDeps } from '../agents/agent-scope.ts';
import { doTask } from '../agents/do-task.ts';
import { runSteps } from '../agents/run-steps.ts';
import type { EffectExecutor } from '../executor.ts';

/** Lets a registered agent work on a task until it answers; what it says streams. */
export const createAgentExecutor = (deps: AgentDeps): EffectExecutor<'agent'> => ({
  effect: true,
  run: (node, attempt, signal) =>
    runSteps({ node, attempt, deps }, signal, async ({ prompt, session }, scope) => {
      const { agent, maxTurns, outputSchema, memory: relies } = node.spec;
      const onText = (piece: string): void => attempt.say('text', piece);
      const end = await doTask(
        { thread: '', agent, prompt, session, maxTurns, relies, outputSchema, onText, isKept: true },
        scope,
      );
      if (end.type !== 'answered') return end;
      const { text, finish, turns, json } = end;
      return { type: 'succeeded', output: { text, finish, agent, turns, ...(json !== undefined && { json }) } };
    }),
});
