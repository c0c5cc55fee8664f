import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import { encodeCursor } from '../../../src/live/cursor.ts';
import type { TestApp } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';

const chain = (name: string, length: number): object => ({
  name,
  nodes: Object.fromEntries(
    Array.from({ length }, (_, n) => [`step_${n}`, code(n === 0 ? {} : { after: [`step_${n - 1}`] })]),
  ),
});
const held = { name: 'held', nodes: { wait: code({ input: { hold: true } }), then: code({ after: ['wait'] }) } };
const sequences = (events: readonly ExecutionEvent[]): readonly number[] => events.map(({ sequence }) => sequence);

describe('Two programs on one Postgres', () => {
  let scene: LiveScene;
  let here: TestApp;
  let there: TestApp;

  beforeAll(async () => {
    scene = await openLiveScene();
    here = scene.app;
    there = await scene.open();
  });
  afterAll(() => scene.close());

  it('tell each other of every event, in order and without gap', async () => {
    const blueprint = await here.publish(chain('chain', 30));
    const ids = await Promise.all(Array.from({ length: 10 }, () => here.start(blueprint)));
    const outcomes = await Promise.all(ids.flatMap((id) => [here.finish(id), there.finish(id)]));
    for (const { events, end } of outcomes) {
      expect(sequences(events)).toEqual(events.map((_, index) => index + 1));
      expect(end).toBe('executionSucceeded');
    }
  });

  it('hear of each other without waiting for the next look', async () => {
    const blueprint = await here.publish(chain('quick', 3));
    const latencies: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const id = await here.start(blueprint);
      const [mine, theirs] = await Promise.all([
        here.finish(id).then(() => performance.now()),
        there.finish(id).then(() => performance.now()),
      ]);
      latencies.push(theirs - mine);
    }
    const median = latencies.toSorted((a, b) => a - b)[10] ?? Infinity;
    // A second is how often they look by themselves.
    expect(median).toBeLessThan(300);
  });

  it('pass on a cancel to whoever runs the execution', async () => {
    const id = await here.start(await here.publish(held));
    await there.follow(id, ({ type }) => type === 'attemptStarted');
    await there.cancel(id);
    const [mine, theirs] = await Promise.all([here.finish(id), there.finish(id)]);
    expect(theirs.end).toBe('executionCanceled');
    expect(theirs.events).toEqual(mine.events);
  });

  it('lose nothing of a stream when what they listen on breaks', async () => {
    const blueprint = await here.publish(chain('broken', 60));
    const id = await here.start(blueprint);
    const following = there.finish(id);
    for (let cut = 0; cut < 5; cut += 1) {
      await scene.database.cutConnections('iceos listener');
      await there.follow(id, ({ sequence }) => sequence >= cut * 10);
    }
    const { events } = await following;
    expect(sequences(events)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.type).toBe('executionSucceeded');
  });

  it('show in lists and blueprints what the other did', async () => {
    const { executions, blueprints } = there.useCases;
    const blueprintId = await here.publish({ ...held, name: 'listed' });
    const list = executions.followExecutions(author, { blueprintId });
    expect((await list.next()).value).toEqual({ changed: [], left: [] });
    const id = await here.start(blueprintId);
    expect((await list.next()).value).toMatchObject({ changed: [{ id }] });
    await list.return();

    const versions = executions.followBlueprint(author, blueprintId);
    expect((await versions.next()).value).toMatchObject({ blueprint: { version: 2 } });
    await here.useCases.blueprints.archiveBlueprint(author, { id: blueprintId, expectedVersion: 2 });
    expect((await versions.next()).value).toMatchObject({ blueprint: { version: 3 } });
    await versions.return();
    expect(await blueprints.getBlueprints(author, [blueprintId])).toMatchObject([{ version: 3 }]);
    await here.cancel(id);
    await here.finish(id);
  });

  it('give a reader that was slow the rest from the journal', async () => {
    const blueprint = await here.publish(chain('slow', 150));
    const id = await here.start(blueprint);
    const followed = await there.useCases.executions.followExecution(author, {
      executionId: id,
      after: encodeCursor(id, 0),
    });
    if (!followed.ok) throw new Error(followed.error.message);
    const { messages } = followed.value;
    const first = await messages.next();
    await here.finish(id);
    const seen: number[] = [];
    const take = (message: unknown): void => {
      if (isEvents(message)) seen.push(...message.events.map(({ sequence }) => sequence));
    };
    take(first.value);
    for await (const message of messages) take(message);
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    expect(seen.length).toBeGreaterThan(300);
  });
});

const isEvents = (message: unknown): message is { readonly events: readonly ExecutionEvent[] } =>
  typeof message === 'object' && message !== null && 'events' in message;
