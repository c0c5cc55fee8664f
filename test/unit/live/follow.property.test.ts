import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import type { Plan } from '../../../src/blueprint/plan.ts';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import { replay } from '../../../src/execution/replay.ts';
import { listNodes } from '../../../src/execution/visible.ts';
import type { StreamMessage } from '../../../src/live/follow-message.ts';
import { arbitraryBlueprint, arbitraryInput } from '../../support/blueprints.ts';
import { createLiveBench, type LiveBench, type Reader, type Telling } from '../../support/live.ts';
import { simulate } from '../../support/simulate.ts';

/** A client with one chain of cursors, through as many connections as it takes. */
interface Client {
  reader: Reader;
  readonly begin: number | undefined;
  readonly events: number[];
  cursor: number | undefined;
  seen: number;
  /** What a normalising cache holds. */
  readonly cache: Map<string, string>;
}

const arbitraryHistory = (): fc.Arbitrary<{ readonly plan: Plan; readonly events: readonly ExecutionEvent[] }> =>
  fc
    .record({
      document: arbitraryBlueprint({ nodes: 6 }),
      input: arbitraryInput(),
      choices: fc.array(fc.nat(), { maxLength: 200 }),
    })
    .map(({ document, input, choices }) => {
      const plan = toPlan(document, fingerprintOf(document));
      return { plan, events: simulate({ plan, input: { ...input }, choices }).events };
    });

const arbitraryStep = fc.oneof(
  fc.record({
    type: fc.constant('commit' as const),
    count: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(1, 2) }, { weight: 1, arbitrary: fc.nat(40) }),
    telling: fc.constantFrom<Telling>('gift', 'hint', 'look', 'lost'),
  }),
  fc.record({ type: fc.constantFrom('pull' as const, 'drain' as const, 'cut' as const), client: fc.nat(3) }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 350 }) }),
);

describe('A follower', () => {
  test.prop([arbitraryHistory(), fc.array(arbitraryStep, { minLength: 20, maxLength: 80 })], { numRuns: 60 })(
    'gets each event once and in order, however it is told, cut and slow, and its cache is level with the state',
    async ({ plan, events }, steps) => {
      const bench = createLiveBench(plan, events);
      bench.commit(1, 'lost');
      const clients = await Promise.all([0, 0, undefined, undefined].map((begin) => connect(bench, begin)));
      for (const step of steps) {
        if (step.type === 'commit') bench.commit(step.count, step.telling);
        else if (step.type === 'wait') bench.clock.advance(step.ms);
        else await act(bench, step.type, clients[step.client]);
        for (const client of clients) takeIn(client, plan, events);
      }
      bench.commit(events.length, 'lost');
      bench.clock.advance(1_000);
      for (const client of clients) {
        await client.reader.drain();
        takeIn(client, plan, events);
        expect(client.reader.isDone).toBe(true);
        expect(client.events).toEqual(range(client.begin ?? client.events[0] ?? events.length + 1, events.length));
        expect(client.cache).toEqual(truth(plan, events, events.length));
      }
      expect(bench.views.size).toBe(0);
      await bench.close();
    },
    30_000,
  );
});

async function connect(bench: LiveBench, begin: number | undefined): Promise<Client> {
  const reader = await bench.follow(begin === undefined ? {} : { after: begin });
  return {
    reader,
    begin: begin === undefined ? undefined : begin + 1,
    events: [],
    cursor: begin,
    seen: 0,
    cache: new Map(),
  };
}

async function act(bench: LiveBench, type: 'pull' | 'drain' | 'cut', client: Client | undefined): Promise<void> {
  if (client === undefined) return;
  if (type === 'cut') {
    await client.reader.cut();
    client.reader = await bench.follow(client.cursor === undefined ? {} : { after: client.cursor });
    client.seen = 0;
  } else {
    await client.reader[type]();
  }
}

/** Takes in what has come, and checks each message against the truth at its place. */
function takeIn(client: Client, plan: Plan, events: readonly ExecutionEvent[]): void {
  const { messages } = client.reader;
  for (const message of messages.slice(client.seen)) takeInOne(client, message, { plan, events });
  client.seen = messages.length;
}

function takeInOne(
  client: Client,
  message: StreamMessage,
  { plan, events }: { readonly plan: Plan; readonly events: readonly ExecutionEvent[] },
): void {
  if (message.type === 'lagged') throw new Error('All the waits together are shorter than what makes a reader slow.');
  if (message.type === 'delta') throw new Error('This reader wants no text.');
  const { sequence, execution, nodes } = message;
  expect(execution.lastSequence).toBeGreaterThanOrEqual(sequence);
  if (message.type === 'events') {
    const sequences = message.events.map((event) => event.sequence);
    expect(sequences).toEqual(range((client.cursor ?? 0) + 1, sequence));
    expect(sequences.length).toBeLessThanOrEqual(100);
    client.events.push(...sequences);
  } else {
    expect(execution.lastSequence).toBe(sequence);
    if (client.cursor !== undefined) expect(sequence).toBe(client.cursor);
    client.cache.clear();
  }
  for (const node of nodes) client.cache.set(node.path, `${node.status} ${node.attempt}`);
  // A client that began with events holds nodes that were touched alone, until its snapshot.
  const isComplete = client.reader.messages.some(({ type }) => type === 'snapshot');
  if (isComplete && execution.lastSequence === sequence && client.reader.messages.at(-1) === message) {
    expect(client.cache).toEqual(truth(plan, events, sequence));
  }
  client.cursor = sequence;
}

const truth = (plan: Plan, events: readonly ExecutionEvent[], sequence: number): Map<string, string> =>
  new Map(
    listNodes(replay(plan, events.slice(0, sequence))).map(({ path, status, attempt }) => [
      path,
      `${status} ${attempt}`,
    ]),
  );

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
