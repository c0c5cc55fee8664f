import type { ExecutionResult } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import type { EventFilter } from '../../../src/live/event-filter.ts';
import { createRooms, type Rooms, type Stay } from '../../../src/gateway/rooms.ts';
import { code, drive, planFor } from '../../support/drive.ts';
import { createLiveBench, MAX_LAG_MS, settled, type LiveBench } from '../../support/live.ts';

const STEPS = ['a', 'b', 'c', 'd', 'e', 'f'];
let bench: LiveBench;
let rooms: Rooms;
/** Results that are being made, in the order in which they were asked for. */
let making: { readonly finish: (result: ExecutionResult) => void; readonly fail: (error: Error) => void }[];

beforeEach(() => {
  const nodes = Object.fromEntries(STEPS.map((name, n) => [name, code(n > 0 ? { after: [STEPS[n - 1] ?? ''] } : {})]));
  const { state, events } = drive(nodes)
    .run(...STEPS)
    .record({ type: 'executionSucceeded', output: { inline: 'done' } });
  bench = createLiveBench(state.plan, events);
  bench.commit(2, 'lost');
  rooms = createRooms();
  making = [];
});

const NOBODY: EventFilter = { nodeNames: new Set(['nobody']) };
const nth = (n: number): ExecutionResult => ({ data: { n } });
const makeLater = (): Promise<ExecutionResult> =>
  new Promise((resolve, reject) => making.push({ finish: resolve, fail: reject }));

/** Follows the execution, has its snapshot, and is in the room. */
async function enter({
  selection = 'a',
  filter,
  take = () => true,
  toResult = makeLater,
}: {
  readonly selection?: string;
  readonly filter?: EventFilter;
  readonly take?: (result: ExecutionResult) => boolean;
  readonly toResult?: () => Promise<ExecutionResult>;
} = {}) {
  const stream = await bench.open({ filter });
  await stream.next();
  const { live } = stream;
  if (live === undefined) throw new Error('This stream tells nothing live.');
  const taken: ExecutionResult[] = [];
  const stay: Stay = rooms.enter(
    { live, selection },
    {
      toResult,
      take(result) {
        const goesOn = take(result);
        taken.push(result);
        return goesOn;
      },
    },
  );
  const seen = { isOver: false };
  stay.over.then(
    () => (seen.isOver = true),
    () => undefined,
  );
  return { stream, live, taken, stay, seen };
}

/** What is committed now is known for longer than a reader may be behind. */
async function untilAllIsOld(): Promise<void> {
  for (let n = 0; n < 4; n += 1) {
    bench.clock.advance(MAX_LAG_MS / 3);
    bench.bus.look();
    await settled();
  }
}

describe('A room', () => {
  it('makes the result of a message once, for all who are there', async () => {
    const all = await Promise.all([enter(), enter(), enter({ selection: 'another' })]);
    bench.commit(1, 'gift');
    expect(making).toHaveLength(2);
    for (const [n, { finish }] of making.entries()) finish(nth(n));
    await settled();
    expect(all.map(({ taken }) => taken)).toEqual([[nth(0)], [nth(0)], [nth(1)]]);
    expect(bench.delivered).toHaveLength(3);
  });

  it('tells results in the order of their messages, also where a later one is ready first', async () => {
    const one = await enter();
    bench.commit(1, 'gift');
    bench.commit(1, 'gift');
    making[1]?.finish(nth(2));
    await settled();
    expect(one.taken).toEqual([]);
    making[0]?.finish(nth(1));
    await settled();
    expect(one.taken).toEqual([nth(1), nth(2)]);
  });

  it('tells one who comes later only what that one does not know', async () => {
    const first = await enter();
    bench.commit(1, 'gift');
    const second = await enter();
    bench.commit(1, 'gift');
    for (const [n, { finish }] of making.entries()) finish(nth(n));
    await settled();
    expect(first.taken).toEqual([nth(0), nth(1)]);
    expect(second.taken).toEqual([nth(1)]);
  });

  it('stays open without the one who was there first', async () => {
    const [first, second] = [await enter({ toResult: () => Promise.reject(new Error('It has gone.')) }), await enter()];
    first.stay.leave();
    await first.stay.over;
    await first.stream.return();
    bench.commit(1, 'gift');
    making[0]?.finish(nth(1));
    await settled();
    expect(first.taken).toEqual([]);
    expect(second.taken).toEqual([nth(1)]);
  });

  it('lets one go who takes no more, who pulls on from there', async () => {
    const [full, other] = [await enter({ take: () => false }), await enter()];
    bench.commit(1, 'gift');
    making[0]?.finish(nth(1));
    await full.stay.over;
    bench.commit(1, 'gift');
    making[1]?.finish(nth(2));
    await settled();
    expect(full.taken).toEqual([nth(1)]);
    expect(other.taken).toEqual([nth(1), nth(2)]);
    expect(await full.stream.next()).toMatchObject({ value: { type: 'events', sequence: 4 } });
  });

  it('fails for all at once where a result cannot be made, though nothing more happens', async () => {
    const all = [await enter(), await enter()];
    bench.commit(1, 'gift');
    making[0]?.fail(new Error('It broke.'));
    for (const { stay } of all) await expect(stay.over).rejects.toThrow('It broke.');
    expect(all.map(({ taken }) => taken)).toEqual([[], []]);
  });

  it('tells nothing behind what cannot be made', async () => {
    const one = await enter();
    bench.commit(1, 'gift');
    bench.commit(1, 'gift');
    const refused = expect(one.stay.over).rejects.toThrow('It broke.');
    making[0]?.fail(new Error('It broke.'));
    making[1]?.finish(nth(2));
    await refused;
    await settled();
    expect(one.taken).toEqual([]);
  });

  it('reaches all, also behind one who cannot take what comes', async () => {
    const broken = await enter({
      take() {
        throw new Error('The text is too long.');
      },
    });
    const whole = await enter();
    bench.commit(1, 'gift');
    making[0]?.finish(nth(1));
    await expect(broken.stay.over).rejects.toThrow('too long');
    expect(whole.taken).toEqual([nth(1)]);
  });

  it('tells no further than eight results that are not made; then all pull', async () => {
    const one = await enter();
    for (let n = 0; n < 9; n += 1) bench.commit(1, 'gift');
    expect(making).toHaveLength(8);
    await settled();
    expect(one.seen.isOver).toBe(false);
    for (const [n, { finish }] of making.entries()) finish(nth(n));
    await one.stay.over;
    expect(one.taken).toHaveLength(8);
    expect(await one.stream.next()).toMatchObject({ value: { type: 'events', sequence: 11 } });
  });

  it('tells nobody what another filter selects, whatever they ask for', async () => {
    const [nothing, all] = [await enter({ filter: NOBODY }), await enter()];
    bench.commit(1, 'gift');
    for (const { finish } of making) finish(nth(1));
    await settled();
    expect([nothing.taken, all.taken]).toEqual([[], [nth(1)]]);
  });

  it('knows how far those are for whom there was nothing', async () => {
    const one = await enter({ filter: NOBODY });
    bench.commit(2, 'gift');
    await untilAllIsOld();
    bench.commit(100, 'gift');
    await one.stay.over;
    // It has not fallen behind: what came was not for it.
    expect(await one.stream.next()).toMatchObject({ value: { type: 'events', sequence: bench.committed } });
  });

  it('knows it also where it came while the result before it was made', async () => {
    const one = await enter({ filter: { types: new Set(['attemptStarted']) } });
    bench.commit(1, 'gift');
    bench.commit(1, 'gift');
    making[0]?.finish(nth(1));
    await untilAllIsOld();
    bench.commit(100, 'gift');
    await one.stay.over;
    expect(one.taken).toEqual([nth(1)]);
    expect(await one.stream.next()).toMatchObject({ value: { type: 'events', sequence: bench.committed } });
  });

  it('leaves the last event to pulling', async () => {
    const one = await enter();
    bench.commit(100, 'gift');
    await one.stay.over;
    expect(making).toEqual([]);
    expect(await one.stream.next()).toMatchObject({ value: { type: 'events', sequence: bench.committed } });
    expect(await one.stream.next()).toMatchObject({ done: true });
  });

  it('is not entered while there is something to pull', async () => {
    const stream = await bench.open({ after: 0 });
    const { live } = stream;
    if (live === undefined) throw new Error('This stream tells nothing live.');
    await rooms.enter({ live, selection: 'a' }, { toResult: makeLater, take: () => true }).over;
    expect(await stream.next()).toMatchObject({ value: { type: 'events', sequence: 2 } });
  });

  it('fails with the journal that it listens to', async () => {
    const impossible: ExecutionEvent = {
      ...{ type: 'attemptFailed', sequence: 3, at: 1, path: 'none', attempt: 1 },
      failure: { reason: 'threw', message: '', retryable: false },
    };
    bench = createLiveBench(planFor({ a: code() }), [...drive({ a: code() }).events, impossible]);
    bench.commit(2, 'lost');
    const all = [await enter(), await enter()];
    bench.commit(1, 'gift');
    for (const { stay } of all) await expect(stay.over).rejects.toThrow('cannot follow');
  });
});
