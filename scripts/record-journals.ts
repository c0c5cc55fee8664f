import fc from 'fast-check';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Blueprint } from '../src/blueprint/blueprint.ts';
import { toPlan } from '../src/compiler/to-plan.ts';
import { EVENT_FORMAT, type EventDraft, type ExecutionEvent } from '../src/execution/events.ts';
import { arbitraryBlueprint, arbitraryInput } from '../test/support/blueprints.ts';
import { Drive } from '../test/support/drive.ts';
import { recordJournal, type RecordedJournal } from '../test/support/recorded-journals.ts';
import { someReceipt } from '../test/support/sandbox.ts';
import { simulate } from '../test/support/simulate.ts';
import { ROOT } from './build.ts';

/** Larger ones show nothing more. */
const MAX_EVENTS = 60;
const MAX_CHARS = 24_000;

/** What an event shows: its type, with the members that it has and the words that tell kinds apart. */
function traits(event: ExecutionEvent): readonly string[] {
  const members = Object.entries(event).filter(([, value]) => value !== undefined);
  const words = members.filter(([key]) => key === 'cause').map(([, value]) => `${event.type}: ${String(value)}`);
  const opened = 'opened' in event && event.opened !== undefined ? [`opened: ${event.opened.kind}`] : [];
  return [...members.map(([key]) => `${event.type}.${key}`), ...words, ...opened];
}

/** Executions that went as unluckily as they could, few of them, which together show all that there is. */
function simulated(): readonly RecordedJournal[] {
  const schedules = fc.sample(
    fc.record({
      blueprint: arbitraryBlueprint(),
      input: arbitraryInput(),
      choices: fc.array(fc.nat(100_000), { minLength: 100, maxLength: 200 }),
      budget: fc.option(fc.record({ softCostUsdMicros: fc.nat(20) }), { nil: undefined }),
    }),
    { numRuns: 2_000, seed: EVENT_FORMAT },
  );
  const seen = new Set<string>();
  const kept: RecordedJournal[] = [];
  for (const { blueprint, input, choices, budget } of schedules) {
    const plan = toPlan(blueprint, 'f'.repeat(64));
    const { events } = simulate({ plan, input: { ...input }, choices, budget });
    const news = events.flatMap(traits).filter((trait) => !seen.has(trait));
    if (news.length === 0 || events.length > MAX_EVENTS) continue;
    const journal = recordJournal(blueprint, events);
    if (JSON.stringify(journal).length > MAX_CHARS) continue;
    for (const trait of news) seen.add(trait);
    kept.push(journal);
  }
  return kept;
}

/** A team of agents, with each kind of step, asked for within a trace. */
function team(): RecordedJournal {
  const blueprint = Blueprint.parse({
    name: 'team',
    nodes: { g: { kind: 'agent', agent: 'ada', prompt: 'Look.' } },
  });
  const place = { path: 'g', attempt: 1, thread: '', agent: 'ada' } as const;
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
  const steps: readonly EventDraft[] = [
    {
      ...{ ...place, type: 'pastRecalled', step: 1, memory: 'chat', session: 'ada-and-bob', episodes: 2 },
      value: { inline: ['Asked: Hi.\nAnswered: Hello.', 'Asked: Bye.\nAnswered: Bye.'] },
    },
    {
      ...{ ...place, type: 'agentTurned', step: 2, turn: 1, model: 'fast', finish: 'toolCalls' },
      ...{ value: { inline: { text: 'Hm.', toolCalls: [] } }, inputTokens: 3, outputTokens: 2, costUsdMicros: 1 },
    },
    {
      ...{ ...place, type: 'toolCalled', step: 3, turn: 1, call: 0, tool: 'text.template' },
      ...{ value: { inline: 'x' }, isError: false, receipt: someReceipt({ hostCalls: 2, cpuMs: 1.25 }) },
    },
    { ...place, type: 'taskHandedOver', step: 4, thread: '1.0/grace', to: 'grace', value: { inline: 'Look.' } },
    {
      ...place,
      type: 'voteCast',
      step: 5,
      thread: '1/vote/ada',
      round: 1,
      choice: 'grace',
      score: 1,
      reason: 'Clear.',
    },
    { type: 'roundEnded', path: 'g', attempt: 1, step: 6, thread: '', round: 1, choice: 'grace', tally: { grace: 2 } },
    { ...place, type: 'noteWritten', step: 7, key: 'k', bytes: 3, value: { inline: 'v' } },
  ];
  const drive = new Drive(toPlan(blueprint, 'f'.repeat(64)), {}, { traceparent }).start().begin('g');
  for (const step of steps) drive.record(step);
  drive.succeed('g', 'done').record({ type: 'executionSucceeded', output: { inline: 'done' } });
  return recordJournal(blueprint, drive.events);
}

const folder = path.join(ROOT, 'test/fixtures/journals');
await mkdir(folder, { recursive: true });
const journals = [team(), ...simulated()];
// `wx`: what an older release recorded is never written again.
await Promise.all(
  journals.map((journal, index) =>
    writeFile(path.join(folder, `format-${EVENT_FORMAT}-${index}.json`), `${JSON.stringify(journal)}\n`, {
      flag: 'wx',
    }),
  ),
);
console.log(`Recorded ${journals.length} journals of format ${EVENT_FORMAT}.`);
