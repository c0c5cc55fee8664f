import { createClient } from 'graphql-ws';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { executionGlobalId, openLiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';

const WATCH = `subscription ($id: ID!, $filter: EventFilter = { nodeNames: ["b"] }) {
  executionEvents(executionId: $id, filter: $filter) {
    __typename
    ... on ExecutionEvents { events { sequence } }
  }
}`;
const Message = z.object({
  data: z.object({ executionEvents: z.object({ events: z.array(z.object({ sequence: z.int() })).default([]) }) }),
});

it('Streams of one document hear what their own filter selects, also where one has the default and one has none', async () => {
  const scene = await openLiveScene();
  onTestFinished(() => scene.close());
  const nodes = { wait: code({ input: { hold: true } }), a: code({ after: ['wait'] }), b: code({ after: ['a'] }) };
  const id = await scene.app.start(await scene.app.publish({ name: 'chain', nodes }));
  await scene.app.follow(id, ({ type }) => type === 'attemptStarted');

  /** Each over its own socket, as two browsers have it. */
  async function watch(variables: object) {
    const client = createClient({
      url: `${scene.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${scene.key}` },
      retryAttempts: 0,
    });
    onTestFinished(() => client.dispose());
    const stream = client.iterate({ query: WATCH, variables: { id: executionGlobalId(id), ...variables } });
    await stream.next();
    async function sequences(): Promise<number[]> {
      const heard: number[] = [];
      for await (const message of stream)
        heard.push(...Message.parse(message).data.executionEvents.events.map(({ sequence }) => sequence));
      return heard;
    }
    return { heard: sequences() };
  }

  // The one with the default is first: the room that it opens is not for the other.
  const byDefault = await watch({});
  const withoutFilter = await watch({ filter: null });
  scene.gate.open();
  const [some, all] = [await byDefault.heard, await withoutFilter.heard];
  expect(all.length).toBeGreaterThan(some.length);
  expect(all).toEqual(Array.from(all, (_sequence, n) => (all[0] ?? 0) + n));
});
