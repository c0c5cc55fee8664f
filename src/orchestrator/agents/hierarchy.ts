import { z } from 'zod';
import { toJsonObject } from '../../blueprint/to-json-object.ts';
import { told, toldError, type AgentTool } from './agent-tool.ts';
import { doTask } from './do-task.ts';
import type { StepsEnd } from './run-steps.ts';
import { concluded, memberTask, type SwarmWork } from './swarm.ts';

/** One member leads: it hands tasks over to the others, and answers with what they found. */
export async function runHierarchy(work: SwarmWork): Promise<StepsEnd> {
  const { node, asked, scope } = work;
  const { lead } = node;
  const members = node.spec.agents.filter((agent) => agent !== lead);
  const onText = (piece: string): void => scope.attempt.say('text', piece);
  const tools = [handOverTool(members, work)];
  const task = memberTask(work, { thread: 'lead', agent: lead, prompt: asked.prompt, tools, onText, isKept: true });
  const end = await doTask(task, scope);
  return end.type === 'answered' ? concluded(end.text, lead, 1) : end;
}

/** A member that fails tells the lead why; one that must stop stops the lead with it. */
function handOverTool(members: readonly string[], work: SwarmWork): AgentTool {
  const { scope } = work;
  const schema = z.strictObject({ agent: z.enum(members), task: z.string().min(1) });
  const about = members.map((name) => {
    const description = scope.findAgent(name)?.description;
    return description === undefined ? name : `${name} (${description})`;
  });
  return {
    name: 'hand_over',
    model: {
      name: 'hand_over',
      description: `Gives a task to another agent and waits for its answer. There are: ${about.join(', ')}.`,
      input: toJsonObject(z.toJSONSchema(schema, { io: 'input' })),
    },
    async call(input, at, signal) {
      const parsed = schema.safeParse(input);
      if (!parsed.success) return toldError(`The task cannot be handed over: ${z.prettifyError(parsed.error)}`);
      const { agent: to, task } = parsed.data;
      const thread = `${at.turn}.${at.call}/${to}`;
      if (scope.log.find('taskHandedOver', { thread }) === undefined)
        await scope.log.record({ type: 'taskHandedOver', thread, agent: at.agent, to, value: task });
      const end = await doTask(memberTask(work, { thread, agent: to, prompt: task }), { ...scope, signal });
      if (end.type === 'answered') return told(end.text);
      if (end.type !== 'failed') return { type: 'stopped', end };
      // Nobody asks on where the budget refuses.
      return end.failure.reason === 'budgetExceeded' ? { type: 'stopped', end } : toldError(end.failure.message);
    },
  };
}
