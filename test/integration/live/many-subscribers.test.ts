import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { openKnownSocket, subscribe, type RawSocket } from '../../support/raw-socket.ts';
import { code } from '../../support/scripted-code.ts';

const SUBSCRIBERS = 200;
const SLOW_EACH = 50;
const NODES = 12;
const WATCH = `subscription ($id: ID!) { executionEvents(executionId: $id) {
  __typename ... on ExecutionEvents { events { sequence } } } }`;
const Next = z.object({
  data: z.object({
    executionEvents: z.looseObject({ events: z.array(z.object({ sequence: z.number() })).optional() }),
  }),
});

const sequencesOf = ({ messages }: RawSocket): readonly number[] =>
  messages
    .filter(({ type }) => type === 'next')
    .flatMap(({ payload }) => Next.parse(payload).data.executionEvents.events ?? [])
    .map(({ sequence }) => sequence);
const isComplete = ({ messages }: RawSocket): boolean => messages.some(({ type }) => type === 'complete');

describe('Many subscribers of one execution', () => {
  let scene: LiveScene;
  beforeAll(async () => {
    scene = await openLiveScene();
  });
  afterAll(() => scene.close());

  it('get every event once and in order, and those who do not read change nothing for the others', async () => {
    const chain = Array.from({ length: NODES }, (_, n) => [`n${n + 1}`, code({ after: n === 0 ? ['n0'] : [`n${n}`] })]);
    const nodes = { n0: code({ input: { hold: true } }), ...Object.fromEntries(chain) };
    const id = await scene.app.start(await scene.app.publish({ name: 'watched', nodes }));
    await scene.app.follow(id, ({ type }) => type === 'attemptStarted');
    const all: RawSocket[] = [];
    for (let n = 0; n < SUBSCRIBERS; n += 1) {
      const one = await openKnownSocket(scene.url, scene.key);
      // As libraries count them, and as they draw them: the frame is shared where the IDs are alike.
      one.send(subscribe(n % 2 === 0 ? '1' : `id-${n}`, WATCH, { id: executionGlobalId(id) }));
      await one.next('next', n % 2 === 0 ? '1' : `id-${n}`);
      all.push(one);
    }
    const slow = all.filter((_, n) => n % SLOW_EACH === 0);
    const quick = all.filter((_, n) => n % SLOW_EACH !== 0);
    for (const { socket } of slow) socket.pause();
    scene.gate.open();
    const last = (await scene.app.finish(id)).events.at(-1)?.sequence ?? 0;
    await expect.poll(() => quick.every(isComplete), { timeout: 20_000 }).toBe(true);
    const [first = []] = quick.map(sequencesOf);
    expect(first).toEqual(Array.from({ length: first.length }, (_, n) => last - first.length + 1 + n));
    expect(first.length).toBeGreaterThan(2 * NODES);
    for (const one of quick) expect(sequencesOf(one)).toEqual(first);
    for (const { socket } of slow) socket.resume();
    await expect.poll(() => slow.every(isComplete), { timeout: 20_000 }).toBe(true);
    for (const one of slow) expect(sequencesOf(one)).toEqual(first);
    for (const { socket } of all) socket.terminate();
  });
});
