import { createClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { ExecutionId } from '../../../src/core/ids.ts';
import type { AttemptContext } from '../../../src/orchestrator/executor.ts';
import type { TestApp } from '../../support/app.ts';
import { runEventSource } from '../../support/event-source.ts';
import { executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { until } from '../../support/until.ts';
import { code, createGate, scripted, type Gate } from '../../support/scripted-code.ts';

const WATCH = `subscription ($id: ID!, $after: String, $filter: EventFilter) {
  executionEvents(executionId: $id, after: $after, filter: $filter) {
    __typename
    ... on ExecutionSnapshot { nodes { id path status attempt text textOffset log logOffset textMissing } }
    ... on ExecutionEvents { events { type } nodes { id path log textMissing } }
    ... on ExecutionDelta { nodeId path attempt channel offset text }
  }
}`;

const Shown = z.looseObject({
  path: z.string(),
  text: z.string().nullish(),
  log: z.string().nullish(),
  textMissing: z.boolean(),
});
const Result = z.object({
  data: z.object({
    executionEvents: z.discriminatedUnion('__typename', [
      z.object({ __typename: z.literal('ExecutionSnapshot'), nodes: z.array(Shown) }),
      z.object({ __typename: z.literal('ExecutionEvents'), events: z.array(z.object({ type: z.string() })) }),
      z.object({
        __typename: z.literal('ExecutionDelta'),
        nodeId: z.string(),
        path: z.string(),
        attempt: z.number(),
        channel: z.enum(['TEXT', 'LOG']),
        offset: z.number(),
        text: z.string(),
      }),
    ]),
  }),
  extensions: z.object({ cursor: z.string() }).optional(),
});
type Message = z.infer<typeof Result>['data']['executionEvents'];

/** All that a client holds of the log and text of a node, of one attempt; a hole is shown. */
function fold(messages: readonly Message[], path: string): string {
  let held = '';
  for (const message of messages) {
    if (message.__typename === 'ExecutionSnapshot') {
      const node = message.nodes.find((one) => one.path === path);
      held = `${node?.textMissing === true ? '(missing)' : ''}${node?.text ?? ''}${node?.log ?? ''}`;
    } else if (message.__typename === 'ExecutionDelta' && message.path === path) {
      held = message.offset === held.length ? held + message.text : `(missing ${message.offset})${message.text}`;
    }
  }
  return held;
}

/** A little more than the two seconds of the reader. */
const SKEW_MS = 2_200;

const wsClient = ({ url, key }: { readonly url: string; readonly key: string }): Client =>
  createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
  });

async function watch(client: Client, id: ExecutionId, onMessage?: (message: Message) => void) {
  const results: z.infer<typeof Result>[] = [];
  for await (const one of client.iterate({ query: WATCH, variables: { id: executionGlobalId(id) } })) {
    const result = Result.parse(one);
    results.push(result);
    onMessage?.(result.data.executionEvents);
  }
  return results;
}
const messagesOf = (results: readonly z.infer<typeof Result>[]): readonly Message[] =>
  results.map(({ data }) => data.executionEvents);

describe('The log of code in the sandbox', () => {
  const LINES = ['line 1\n', 'line 2\n', 'line 3\n', 'line 4\n', 'end 😀\n'].join('');
  const slow = {
    name: 'slow',
    nodes: {
      print: {
        kind: 'code',
        source: `for (let n = 1; n < 5; n += 1) {
          console.log('line ' + n);
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        console.error('end 😀');
        return 'done';`,
      },
    },
  };
  let scene: LiveScene;
  beforeAll(async () => {
    scene = await openLiveScene({ executors: (executors) => executors });
  });
  afterAll(() => scene.close());

  it('streams over graphql-ws and server-sent events, whole for those who come late', async () => {
    const id = await scene.app.start(await scene.app.publish(slow));
    const client = wsClient(scene);
    const late: Promise<readonly z.infer<typeof Result>[]>[] = [];
    const { key, url } = scene;
    const events: unknown[] = [];
    const early = watch(client, id, (message) => {
      // One comes after the third line.
      if (message.__typename === 'ExecutionDelta' && message.text.includes('line 3')) late.push(watch(client, id));
    });
    const sse = runEventSource({ url, key }, { query: WATCH, variables: { id: executionGlobalId(id) } }, (data) =>
      events.push(data),
    );
    const results = await early;
    await sse;
    const deltas = messagesOf(results).filter(({ __typename }) => __typename === 'ExecutionDelta');
    expect(deltas.length).toBeGreaterThanOrEqual(4);
    expect(results.filter(({ data }) => data.executionEvents.__typename === 'ExecutionDelta')).toSatisfy(
      (all: typeof results) => all.every(({ extensions }) => extensions === undefined),
    );
    expect(fold(messagesOf(results), 'print')).toBe(LINES);
    expect(late).toHaveLength(1);
    expect(fold(messagesOf((await late[0]) ?? []), 'print')).toBe(LINES);
    const read = events.map((one) => Result.parse(one).data.executionEvents);
    expect(fold(read, 'print')).toBe(LINES);
    await client.dispose();
  });

  it('is gone with the outcome, and sent to nobody who does not select it', async () => {
    const id = await scene.app.start(await scene.app.publish({ ...slow, name: 'unseen' }));
    const client = wsClient(scene);
    const query = 'subscription ($id: ID!) { executionEvents(executionId: $id) { __typename } }';
    const kinds: unknown[] = [];
    for await (const { data } of client.iterate({ query, variables: { id: executionGlobalId(id) } })) {
      kinds.push(z.object({ executionEvents: z.object({ __typename: z.string() }) }).parse(data).executionEvents);
    }
    expect(kinds).not.toContainEqual({ __typename: 'ExecutionDelta' });
    const [last] = messagesOf(await watch(client, id));
    expect(last).toMatchObject({ nodes: [{ path: 'print', log: null, textMissing: false }] });
    await client.dispose();
  });
});

describe('The text of an attempt', () => {
  let scene: LiveScene;
  let gate: Gate;
  let speaker: (path: string) => AttemptContext['say'];
  const speakers = new Map<string, AttemptContext['say']>();

  beforeAll(async () => {
    gate = createGate();
    const speaking = scripted(async ({ path, say, attempt, executionId }, signal) => {
      speakers.set(`${executionId} ${path}`, say);
      await gate.pass(signal);
      if (path === 'again' && attempt === 1) throw new Error('once more');
      return null;
    });
    scene = await openLiveScene({ executors: speaking });
  });
  afterAll(() => scene.close());

  /** Starts an execution of nodes that wait; resolves when all speak. */
  async function begin(app: TestApp, ...paths: readonly string[]): Promise<ExecutionId> {
    gate = createGate();
    const nodes = Object.fromEntries(paths.map((path) => [path, code({ retry: { attempts: 2, delayMs: 1 } })]));
    const id = await app.start(await app.publish({ name: `speak-${paths.join('-')}-${speakers.size}`, nodes }));
    await expect.poll(() => paths.every((path) => speakers.has(`${id} ${path}`))).toBe(true);
    speaker = (path) => speakers.get(`${id} ${path}`) ?? (() => undefined);
    return id;
  }

  const node = async (url: string, id: ExecutionId, path: string): Promise<unknown> => {
    const client = wsClient({ url, key: scene.key });
    for await (const one of client.iterate({ query: WATCH, variables: { id: executionGlobalId(id) } })) {
      const message = Result.parse(one).data.executionEvents;
      await client.dispose();
      return message.__typename === 'ExecutionSnapshot' ? message.nodes.find((each) => each.path === path) : message;
    }
    return undefined;
  };

  it('is read with its node', async () => {
    const id = await begin(scene.app, 'a');
    speaker('a')('text', 'Once upon \u0000 ');
    const snapshot = await node(scene.url, id, 'a');
    expect(snapshot).toMatchObject({ text: 'Once upon \u0000 ', textOffset: 0, log: null, textMissing: false });
    const nodeId = z.object({ id: z.string() }).parse(snapshot).id;
    const read = await scene.field(`query ($id: ID!) { node(id: $id) { ... on ExecutionNode { text } } }`, {
      id: nodeId,
    });
    expect(read).toEqual({ text: 'Once upon \u0000 ' });
    speaker('a')('text', 'a time');
    expect(await node(scene.url, id, 'a')).toMatchObject({ text: 'Once upon \u0000 a time' });
    gate.open();
    await scene.app.finish(id);
  });

  it('passes the filter by the names of nodes', async () => {
    const id = await begin(scene.app, 'a', 'b');
    const client = wsClient(scene);
    const seen: string[] = [];
    const variables = { id: executionGlobalId(id), filter: { nodeNames: ['b'], types: ['EXECUTION_STARTED'] } };
    for await (const one of client.iterate({ query: WATCH, variables })) {
      const message = Result.parse(one).data.executionEvents;
      if (message.__typename === 'ExecutionSnapshot') {
        for (const path of ['a', 'b']) speaker(path)('log', `of ${path}`);
      }
      if (message.__typename !== 'ExecutionDelta') continue;
      seen.push(message.text);
      gate.open();
    }
    expect(seen).toEqual(['of b']);
    await client.dispose();
  });

  it('reaches those who follow in another process, to its last word, before the outcome', async () => {
    const there = await scene.open();
    // Of what began sooner it cannot say that it has heard all, as the clocks of two machines differ.
    await new Promise((resolve) => setTimeout(resolve, SKEW_MS));
    const id = await begin(scene.app, 'far');
    const client = wsClient({ url: there.url ?? '', key: scene.key });
    const words = Array.from({ length: 200 }, (_, n) => `word ${n} 😀 `);
    const messages = messagesOf(
      await watch(client, id, (message) => {
        if (message.__typename !== 'ExecutionSnapshot') return;
        void (async () => {
          for (const word of words) {
            speaker('far')('text', word);
            if (word.includes('50')) await new Promise((resolve) => setTimeout(resolve, 120));
          }
          gate.open();
        })();
      }),
    );
    expect(fold(messages, 'far')).toBe(words.join(''));
    const last = messages.findLastIndex(({ __typename }) => __typename === 'ExecutionDelta');
    const outcome = messages.findIndex(
      (message) =>
        message.__typename === 'ExecutionEvents' && message.events.some(({ type }) => type === 'ATTEMPT_SUCCEEDED'),
    );
    expect(last).toBeLessThan(outcome);
    await client.dispose();
  });

  it('is missing at its start for a process that began to listen later', async () => {
    const there = await scene.open();
    const id = await begin(scene.app, 'early');
    speaker('early')('text', 'who comes late missed this. ');
    const isSent = async (): Promise<boolean> =>
      Shown.parse(await node(there.url ?? '', id, 'early')).text?.includes('missed this') === true;
    await until(isSent, 5_000, 'what was said has left');
    const late = await scene.open();
    const url = late.url ?? '';
    expect(await node(url, id, 'early')).toMatchObject({ text: null, textMissing: true });
    expect(await node(scene.url, id, 'early')).toMatchObject({ textMissing: false });
    const client = wsClient({ url, key: scene.key });
    const messages = messagesOf(
      await watch(client, id, (message) => {
        if (message.__typename === 'ExecutionSnapshot') speaker('early')('text', 'but this.');
        else if (message.__typename === 'ExecutionDelta') gate.open();
      }),
    );
    expect(messages.find(({ __typename }) => __typename === 'ExecutionDelta')).toMatchObject({
      offset: 28,
      text: 'but this.',
    });
    await client.dispose();
  });
});
