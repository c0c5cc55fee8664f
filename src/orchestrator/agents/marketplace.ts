import { z } from 'zod';
import { castVotes, endRound, leaderOf, tallyOf } from './ballot.ts';
import { doTask } from './do-task.ts';
import type { StepsEnd } from './run-steps.ts';
import { concluded, memberTask, type SwarmWork } from './swarm.ts';

const Bid = z.strictObject({
  score: z.number().min(0).max(1).describe('How sure you are to do it well: 0 not at all, 1 certainly.'),
  reason: z.string().describe('How you would do it.'),
});

/** Every member says how sure it is to do the work well; the surest one does it. */
export async function runMarketplace(work: SwarmWork): Promise<StepsEnd> {
  const { node, asked, scope } = work;
  const cast = await castVotes(work, {
    ...{ round: 1, name: 'bid', schema: Bid },
    prompt: () => `How well could you do this task? Do not do it yet.\n\n${asked.prompt}`,
    read: (agent, json) => ({ ...Bid.parse(json), choice: agent }),
  });
  if (cast.type !== 'cast') return cast;
  const tally = tallyOf(cast.votes);
  const winner = leaderOf(tally, node.spec.agents) ?? node.spec.agents[0] ?? '';
  await endRound(work, { round: 1, choice: winner, tally });
  const onText = (piece: string): void => scope.attempt.say('text', piece);
  const task = memberTask(work, {
    thread: `work/${winner}`,
    agent: winner,
    prompt: asked.prompt,
    onText,
    isKept: true,
  });
  const end = await doTask(task, scope);
  return end.type === 'answered' ? concluded(end.text, winner, 1) : end;
}
