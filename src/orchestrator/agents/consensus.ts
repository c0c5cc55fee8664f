import { z } from 'zod';
import { failedEnd } from './agent-end.ts';
import { castVotes, endRound, leaderOf, tallyOf } from './ballot.ts';
import type { StepsEnd } from './run-steps.ts';
import { askAll, concluded, memberTask, type SwarmWork } from './swarm.ts';

/** All members answer and vote, until an answer has its quorum; each later round knows the answers of the one before. */
export async function reachConsensus(work: SwarmWork): Promise<StepsEnd> {
  const { spec, quorum, maxRounds } = work.node;
  const { agents } = spec;
  const task = work.asked.prompt;
  let before = '';
  for (let round = 1; round <= maxRounds; round += 1) {
    const prompt = before === '' ? task : `${task}\n\nNo answer had enough votes so far. ${before}\n\nAnswer again.`;
    const proposed = await askAll(
      work,
      agents.map((agent) => memberTask(work, { thread: `${round}/propose/${agent}`, agent, prompt })),
    );
    if (proposed.type !== 'all') return proposed;
    const texts = proposed.answers.map(({ text }) => text.trim());
    // Equal answers are one: that of whoever comes first.
    const distinct = agents.filter((_, at) => texts.indexOf(texts[at] ?? '') === at);
    const textBy = (agent: string): string => texts[agents.indexOf(agent)] ?? '';
    before = `The answers:\n\n${distinct.map((agent) => `Answer "${agent}":\n${textBy(agent)}`).join('\n\n')}`;
    const question = `${task}\n\n${before}\n\nWhich answer is the best? Choose one by its name, and say why.`;
    const schema = z.strictObject({ choice: z.enum(distinct), reason: z.string() });
    const cast = await castVotes(work, {
      ...{ round, name: 'vote', schema, prompt: () => question },
      read: (_, json) => ({ ...schema.parse(json), score: 1 }),
    });
    if (cast.type !== 'cast') return cast;
    const tally = tallyOf(cast.votes);
    const leader = leaderOf(tally, agents);
    const isAgreed = leader !== undefined && (tally.get(leader) ?? 0) / agents.length >= quorum;
    await endRound(work, { round, tally, choice: isAgreed ? leader : undefined });
    if (isAgreed) return concluded(textBy(leader), leader, round);
  }
  return failedEnd(
    'limitReached',
    `The swarm did not agree: in ${maxRounds} rounds (maxRounds) no answer had ${quorum} of the votes (quorum).`,
    true,
  );
}
