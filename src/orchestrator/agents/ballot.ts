import { z } from 'zod';
import { toJsonObject } from '../../blueprint/to-json-object.ts';
import { askAll, memberTask, type Stopped, type SwarmWork } from './swarm.ts';

/** What one member chose. */
export interface Vote {
  readonly agent: string;
  readonly choice: string;
  /** 0 to 1. */
  readonly score: number;
  readonly reason: string;
}

/** One question that every member of a swarm answers by a schema. */
export interface Ballot {
  readonly round: number;
  /** Part of the thread's name: `vote`, `bid`. */
  readonly name: string;
  readonly prompt: (agent: string) => string;
  readonly schema: z.ZodType;
  readonly read: (agent: string, json: unknown) => Pick<Vote, 'choice' | 'score' | 'reason'>;
}

/** Of what a member says of its choice, in UTF-16 units. */
const MAX_REASON = 2_000;

/** Asks every member and records what it chose; members have neither tools nor memories while they choose. */
export async function castVotes(
  work: SwarmWork,
  { round, name, prompt, schema, read }: Ballot,
): Promise<{ readonly type: 'cast'; readonly votes: readonly Vote[] } | Stopped> {
  const { log, attempt } = work.scope;
  const { agents } = work.node.spec;
  const outputSchema = toJsonObject(z.toJSONSchema(schema, { io: 'input' }));
  const threadOf = (agent: string): string => `${round}/${name}/${agent}`;
  const asked = await askAll(
    work,
    agents.map((agent) =>
      memberTask(work, { thread: threadOf(agent), agent, prompt: prompt(agent), outputSchema, isQuestion: true }),
    ),
  );
  if (asked.type !== 'all') return asked;
  const votes: Vote[] = [];
  for (const [at, agent] of agents.entries()) {
    const { choice, score, reason } = read(agent, asked.answers[at]?.json);
    const vote = { agent, choice, score, reason: reason.slice(0, MAX_REASON) };
    votes.push(vote);
    const thread = threadOf(agent);
    if (log.find('voteCast', { thread }) !== undefined) continue;
    await log.record({ type: 'voteCast', thread, round, ...vote });
    attempt.say(
      'log',
      `${agent} ${name === 'bid' ? `offers ${vote.score}` : `votes for ${vote.choice}`}: ${vote.reason}\n`,
    );
  }
  return { type: 'cast', votes };
}

/** The sum of the scores by member, for all that were chosen. */
export function tallyOf(votes: readonly Vote[]): ReadonlyMap<string, number> {
  const tally = new Map<string, number>();
  for (const { choice, score } of votes) tally.set(choice, (tally.get(choice) ?? 0) + score);
  return tally;
}

/** The member with the most; of equal ones the first in the swarm. */
export function leaderOf(tally: ReadonlyMap<string, number>, agents: readonly string[]): string | undefined {
  const most = Math.max(...tally.values());
  return agents.find((agent) => tally.get(agent) === most);
}

/** Records the end of a round once. */
export async function endRound(
  { scope: { log } }: SwarmWork,
  {
    round,
    choice,
    tally,
  }: { readonly round: number; readonly choice: string | undefined; readonly tally: ReadonlyMap<string, number> },
): Promise<void> {
  if (log.find('roundEnded', { round }) !== undefined) return;
  await log.record({
    ...{ type: 'roundEnded', thread: '', round, tally: Object.fromEntries(tally) },
    ...(choice !== undefined && { choice }),
  });
}
