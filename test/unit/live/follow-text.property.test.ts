import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import { MIB } from '../../../src/core/units.ts';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import { replay } from '../../../src/execution/replay.ts';
import type { ExecutionState } from '../../../src/execution/state.ts';
import { endsAttempt, type Voice } from '../../../src/live/live-texts.ts';
import { DELTA_CHANNELS, type DeltaChannel } from '../../../src/live/text-buffer.ts';
import { arbitraryBlueprint, arbitraryInput } from '../../support/blueprints.ts';
import { createLiveBench, EXECUTION_ID, type LiveBench, type Telling } from '../../support/live.ts';
import { arbitraryPiece, toShown } from '../../support/said.ts';
import { simulate } from '../../support/simulate.ts';
import { connectTextClient, keyOfText, type TextClient } from '../../support/text-client.ts';

const arbitraryRun = fc
  .record({
    document: arbitraryBlueprint({ nodes: 5 }),
    input: arbitraryInput(),
    choices: fc.array(fc.nat(), { maxLength: 100 }),
  })
  .map(({ document, input, choices }) => {
    const plan = toPlan(document, fingerprintOf(document));
    return { plan, events: simulate({ plan, input: { ...input }, choices }).events };
  });

const arbitraryStep = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('commit' as const),
      count: fc.integer({ min: 1, max: 3 }),
      telling: fc.constantFrom<Telling>('gift', 'hint', 'look', 'lost'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('say' as const),
      which: fc.nat(),
      channel: fc.constantFrom(...DELTA_CHANNELS),
      piece: arbitraryPiece(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('pull' as const, 'drain' as const, 'cut' as const),
      client: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 200 }) }) },
);

describe('A follower of text', () => {
  test.prop([arbitraryRun, fc.array(arbitraryStep, { minLength: 30, maxLength: 90 }), fc.constantFrom(MIB, 64 * MIB)], {
    numRuns: 60,
  })(
    'holds exactly what was said, or is told what is missing, however late, slow and cut it is',
    async ({ plan, events }, steps, maxTextBytes) => {
      const bench = createLiveBench(plan, events, { maxTextBytes });
      const owner = createOwner(bench, (count) => replay(plan, events.slice(0, count)), events);
      bench.commit(1, 'lost');
      const clients = await Promise.all([0, undefined, undefined, 0].map((begin) => connectTextClient(bench, begin)));
      const truth = (key: string): string => toShown(owner.said.get(key) ?? []);
      for (const step of steps) {
        if (step.type === 'commit') owner.commit(step.count, step.telling);
        else if (step.type === 'say') owner.say(step.which, step.channel, step.piece);
        else if (step.type === 'wait') bench.clock.advance(step.ms);
        else await act(clients[step.client], step.type);
        for (const client of clients) client.takeIn(truth);
      }
      owner.commit(events.length, 'gift');
      bench.clock.advance(1_000);
      for (const client of clients) {
        await client.drain();
        client.takeIn(truth);
        expect(client.isDone).toBe(true);
      }
      await bench.close();
    },
    60_000,
  );
});

async function act(client: TextClient | undefined, type: 'pull' | 'drain' | 'cut'): Promise<void> {
  await client?.[type]();
}

/** The process that runs the execution: attempts speak from their committed start to their outcome. */
function createOwner(bench: LiveBench, stateAt: (count: number) => ExecutionState, events: readonly ExecutionEvent[]) {
  const said = new Map<string, string[]>();
  const voices = new Map<string, Voice>();
  const voiceOf = (path: string, attempt: number): Voice => {
    const key = `${attempt} ${path}`;
    const voice = voices.get(key) ?? bench.texts.open({ executionId: EXECUTION_ID, path, attempt });
    voices.set(key, voice);
    return voice;
  };
  return {
    said,
    say(which: number, channel: DeltaChannel, piece: string): void {
      const running = [...stateAt(bench.committed).running.values()];
      const speaker = running[which % Math.max(running.length, 1)];
      if (speaker === undefined) return;
      const key = keyOfText({ ...speaker, channel });
      said.set(key, [...(said.get(key) ?? []), piece]);
      voiceOf(speaker.path, speaker.attempt).say(channel, piece);
    },
    commit(count: number, telling: Telling): void {
      for (const event of events.slice(bench.committed, bench.committed + count)) {
        if (endsAttempt(event)) void voices.get(`${event.attempt} ${event.path}`)?.close();
      }
      bench.commit(count, telling);
    },
  };
}
