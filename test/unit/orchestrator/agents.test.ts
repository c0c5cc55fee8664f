import { expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { isDeeper } from '../../../src/core/json.ts';
import { callKeyOf, uuidOf } from '../../../src/orchestrator/agents/call-key.ts';
import { openStepLog } from '../../../src/orchestrator/agents/step-log.ts';
import { cut } from '../../../src/orchestrator/agents/told.ts';
import { openSteps, type PendingStep, type RecordedStep } from '../../../src/orchestrator/attempt-steps.ts';
import { DatabaseUnavailableError } from '../../../src/store/unavailable.ts';
import { drive } from '../../support/drive.ts';

const at = { thread: '', agent: 'ada', turn: 1, call: 0 };
const call = { nodeKey: 'n', at, tool: 'pay', input: { amount: 1 } };

it('the key of a call is that of the same call alone', () => {
  expect(callKeyOf({ ...call })).toBe(callKeyOf(call));
  const others = [{ tool: 'refund' }, { input: { amount: 2 } }, { nodeKey: 'm' }, { at: { ...at, turn: 2 } }];
  const keys = [call, ...others.map((other) => ({ ...call, ...other }))].map(callKeyOf);
  expect(new Set(keys).size).toBe(keys.length);
  expect(uuidOf('a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuidOf('a', 'b')).not.toBe(uuidOf('ab'));
});

const toldOf = (value: Json, calls?: number): string => JSON.stringify(cut(value, calls));

it('a model is told the beginning of what is too large, and less of it where a turn has many calls', () => {
  expect(cut({ small: true })).toEqual({ small: true });
  const large = 'x'.repeat(100_000);
  expect(toldOf(large)).toContain(`${'x'.repeat(65_536)}\\n[cut: 100000 bytes, of which these are the first 65536]`);
  expect(toldOf(large, 32)).toContain(`${'x'.repeat(16_384)}\\n[cut`);
  expect(toldOf(large, 32).length).toBeLessThan(17_000);
});

it('depth is looked at no deeper than it is told', () => {
  const deep: Json = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as Json; // what JSON.parse gives is JSON
  expect(isDeeper(deep, 32)).toBe(true);
  expect(isDeeper({ a: [1] }, 2)).toBe(false);
  expect(isDeeper({ a: [1] }, 1)).toBe(true);
});

/** The least processor time of some rounds in which each of so many steps is found, so many times. */
async function findAllMs(count: number, times: number): Promise<number> {
  const recorded: RecordedStep[] = Array.from({ length: count }, (_, turn) => ({
    ...{ type: 'agentTurned', sequence: turn, at: 0, path: 'a', attempt: 1, step: turn + 1, thread: '', agent: 'ada' },
    ...{ turn, model: 'script', finish: 'stop', inputTokens: 1, outputTokens: 1, costUsdMicros: 0, value: turn },
  }));
  const notes = { list: () => [], read: () => Promise.resolve(undefined) };
  const steps = {
    recorded: () => Promise.resolve(recorded),
    record: () => Promise.resolve(),
    mayGoOn: () => true,
    notes,
  };
  const rounds: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const before = process.cpuUsage();
    for (let n = 0; n < times; n += 1) {
      const log = await openStepLog(steps);
      for (let turn = 0; turn < count; turn += 1)
        if (log.find('agentTurned', { thread: '', turn })?.value !== turn) throw new Error(`Turn ${turn} is another.`);
    }
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / 1_000);
  }
  return Math.min(...rounds);
}

it('the steps of a long conversation are found without a look at all of them', async () => {
  // With a look at each of them, those of one long conversation would take 16 times as long as those of 16 short ones.
  expect((await findAllMs(16_000, 1)) / (await findAllMs(1_000, 16))).toBeLessThan(4);
});

it('steps wait for a database that is away, and notes on their way count', async () => {
  const { state } = drive({ a: { kind: 'agent', agent: 'ada', prompt: 'Hi' } }).begin('a');
  const running = state.running.get('a');
  if (running === undefined) throw new Error('It runs.');
  const pending: PendingStep[] = [];
  let tries = 0;
  const steps = openSteps(running, new AbortController().signal, {
    state: () => state,
    clock: { delay: () => Promise.resolve() },
    keep: (value) => {
      tries += 1;
      if (tries < 3) throw new DatabaseUnavailableError('away');
      return { inline: value };
    },
    loadAll: () => [],
    onStep: (step) => pending.push(step),
  });
  const note = { type: 'noteWritten', thread: '', agent: 'ada', key: 'k', bytes: 7, value: 'noted' } as const;
  const written = steps.record(note);
  expect(steps.notes.list()).toEqual([{ key: 'k', bytes: 7 }]);
  await expect.poll(() => pending.length).toBe(1);
  expect(tries).toBe(3);
  pending[0]?.done();
  await written;
  expect(steps.notes.list()).toEqual([]);
});
