import { createClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { BlueprintId, ExecutionId } from '../../../src/core/ids.ts';
import { encodeCursor } from '../../../src/live/cursor.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { runEventSource } from '../../support/event-source.ts';
import { blueprintGlobalId, executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code, createGate } from '../../support/scripted-code.ts';

const NOBODY = '01890000-0000-7000-8000-000000000009';
const WATCH = `subscription ($id: ID!, $after: String, $filter: EventFilter) {
  executionEvents(executionId: $id, after: $after, filter: $filter) {
    __typename
    ... on ExecutionSnapshot { cursor execution { status progress { done total } } nodes { id path status } }
    ... on ExecutionEvents { cursor events { sequence type } execution { status output } nodes { path status } }
    ... on Error { message }
    ... on NotFoundError { id }
  }
}`;
const two = { name: 'two', nodes: { a: code(), b: code({ after: ['a'] }) }, output: 'done' };
const held = { name: 'held', nodes: { wait: code({ input: { hold: true } }) } };

const Result = z.object({
  data: z.object({ executionEvents: z.looseObject({ __typename: z.string() }) }),
  extensions: z.object({ cursor: z.string() }).optional(),
});

describe('Streams', () => {
  let scene: LiveScene;
  let client: Client;
  let finished: ExecutionId;
  let count: number;

  beforeAll(async () => {
    scene = await openLiveScene();
    client = createClient({
      url: `${scene.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${scene.key}` },
    });
    finished = await scene.app.start(await scene.app.publish(two));
    count = (await scene.app.finish(finished)).events.length;
  });
  afterAll(async () => {
    await client.dispose();
    await scene.close();
  });

  const watch = (id: ExecutionId, more: object = {}) =>
    client.iterate({ query: WATCH, variables: { id: executionGlobalId(id), ...more } });
  async function all(id: ExecutionId, more: object = {}) {
    const results: z.infer<typeof Result>[] = [];
    for await (const result of watch(id, more)) results.push(Result.parse(result));
    return results;
  }
  /** Of a stream that does not begin: one message that has errors alone. */
  async function refusal(more: object): Promise<unknown> {
    const { value } = await watch(finished, more).next();
    const [error] = z
      .object({ errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })) })
      .parse(value).errors;
    return { message: error?.message, code: error?.extensions.code };
  }
  const address = () => ({ url: scene.url, key: scene.key });

  it('give every event from the start cursor, a snapshot, and complete', async () => {
    const results = await all(finished, { after: encodeCursor(finished, 0) });
    expect(results).toHaveLength(2);
    const [events, snapshot] = results.map(({ data }) => data.executionEvents);
    expect(z.array(z.object({ sequence: z.number() })).parse(events?.['events'])).toHaveLength(count);
    expect(events?.['execution']).toEqual({ status: 'SUCCEEDED', output: 'done' });
    expect(snapshot).toMatchObject({
      __typename: 'ExecutionSnapshot',
      execution: { status: 'SUCCEEDED', progress: { done: 2, total: 2 } },
      nodes: [
        { path: 'a', status: 'SUCCEEDED' },
        { path: 'b', status: 'SUCCEEDED' },
      ],
    });
  });

  it('carry their cursor as an extension, whatever was selected', async () => {
    const query = 'subscription ($id: ID!) { executionEvents(executionId: $id) { __typename } }';
    for await (const result of client.iterate({ query, variables: { id: executionGlobalId(finished) } })) {
      expect(result.extensions).toEqual({ cursor: encodeCursor(finished, count) });
    }
  });

  it('begin with a snapshot, go on live, and show nodes never older than the events', async () => {
    const gate = createGate();
    gate.open();
    const id = await scene.app.start(await scene.app.publish(held));
    await scene.app.follow(id, ({ type }) => type === 'attemptStarted');
    const stream = watch(id);
    const first = Result.parse((await stream.next()).value).data.executionEvents;
    expect(first).toMatchObject({ __typename: 'ExecutionSnapshot', nodes: [{ path: 'wait', status: 'RUNNING' }] });
    await scene.app.cancel(id);
    const statuses: unknown[] = [];
    for await (const result of stream) statuses.push(Result.parse(result).data.executionEvents['nodes']);
    expect(statuses.at(-1)).toEqual([{ path: 'wait', status: 'CANCELED' }]);
  });

  it('leave out on the server what does not pass the filter', async () => {
    const results = await all(finished, { after: encodeCursor(finished, 0), filter: { types: ['EXECUTION_STARTED'] } });
    expect(results[0]?.data.executionEvents['events']).toEqual([
      { sequence: 2, type: 'EXECUTION_STARTED' },
      { sequence: count, type: 'EXECUTION_SUCCEEDED' },
    ]);
  });

  it('say in one message that there is no such execution', async () => {
    for (const id of [executionGlobalId(NOBODY), 'nonsense', blueprintGlobalId(NOBODY)]) {
      const results: unknown[] = [];
      for await (const result of client.iterate({ query: WATCH, variables: { id } })) results.push(result);
      expect(results).toEqual([
        {
          data: {
            executionEvents: {
              __typename: 'NotFoundError',
              message: `There is no execution with the ID "${id}" that you may see.`,
              id,
            },
          },
        },
      ]);
    }
  });

  it('refuse a cursor that is none, is of another execution, or lies behind the end', async () => {
    const foreign = await scene.app.start(await scene.app.publish({ ...two, name: 'foreign' }));
    for (const after of ['nonsense', encodeCursor(foreign, 1), encodeCursor(finished, count + 1)]) {
      expect(await refusal({ after })).toEqual({ message: expect.stringMatching(/cursor/i), code: 'BAD_REQUEST' });
    }
    const nodeNames = Array.from({ length: 101 }, () => 'a');
    expect(await refusal({ filter: { nodeNames } })).toEqual({
      message: expect.stringContaining('100'),
      code: 'BAD_REQUEST',
    });
  });

  describe('as server-sent events', () => {
    const variables = () => ({ id: executionGlobalId(finished), after: encodeCursor(finished, 0) });
    const url = (more: object = {}): string =>
      `${scene.url}/graphql?${new URLSearchParams({ query: WATCH, variables: JSON.stringify({ ...variables(), ...more }) })}`;
    const headers = (more: Record<string, string> = {}) => ({
      accept: 'text/event-stream',
      authorization: `Bearer ${scene.key}`,
      ...more,
    });

    it('carry their cursor as id, and complete', async () => {
      const response = await fetch(url(), { headers: headers() });
      expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      const blocks = (await response.text()).split('\n\n').filter((block) => block !== '' && block !== ':');
      const id = `id: ${encodeCursor(finished, count)}`;
      expect(blocks.map((block) => block.split('\n').map((line) => line.replace(/^data: .+/, 'data')))).toEqual([
        [id, 'event: next', 'data'],
        [id, 'event: next', 'data'],
        ['event: complete', 'data:'],
      ]);
    });

    it('go on behind Last-Event-ID, which wins over after', async () => {
      const response = await fetch(url(), { headers: headers({ 'last-event-id': encodeCursor(finished, count - 1) }) });
      const [first = ''] = (await response.text()).match(/^data: .+$/m) ?? [];
      expect(JSON.parse(first.slice(6))).toMatchObject({
        data: { executionEvents: { events: [{ sequence: count }] } },
      });
    });

    it('are 204 for whoever knows the end, so that EventSource stops', async () => {
      const response = await fetch(url(), { headers: headers({ 'last-event-id': encodeCursor(finished, count) }) });
      expect([response.status, await response.text()]).toEqual([204, '']);
      const { data, connections } = await runEventSource(address(), { query: WATCH, variables: variables() });
      expect([data.length, connections]).toEqual([2, 2]);
    });

    it('need a key, and say what is wrong with a cursor', async () => {
      const nobody = await fetch(url(), { headers: { accept: 'text/event-stream' } });
      expect(nobody.status).toBe(401);
      const wrong = await fetch(url({ after: 'nonsense' }), { headers: headers() });
      expect(await wrong.text()).toContain('no cursor');
    });

    it('tell the metrics how late their live messages are', async () => {
      const id = await scene.app.start(await scene.app.publish({ ...held, name: 'timed' }));
      const delivered = async (): Promise<number> => {
        const metrics = await (await fetch(`${scene.url}/metrics`)).text();
        return Number(/^iceos_delivery_delay_seconds_count (\d+)$/m.exec(metrics)?.[1]);
      };
      const before = await delivered();
      const response = await fetch(url({ id: executionGlobalId(id), after: null }), { headers: headers() });
      const reading = response.body?.getReader();
      await reading?.read();
      await scene.app.cancel(id);
      while ((await reading?.read())?.done === false);
      expect(await delivered()).toBeGreaterThan(before);
    });

    it('end on the server as soon as their client has gone', async () => {
      const id = await scene.app.start(await scene.app.publish({ ...held, name: 'left' }));
      const open = async (): Promise<unknown> => {
        const metrics = await (await fetch(`${scene.url}/metrics`)).text();
        return /^iceos_subscriptions_open\{[^}]*sse[^}]*\} (\d+)$/m.exec(metrics)?.[1];
      };
      for (const method of ['GET', 'POST']) {
        const gone = new AbortController();
        const body = JSON.stringify({ query: WATCH, variables: { id: executionGlobalId(id) } });
        const response = await fetch(
          method === 'GET' ? url({ id: executionGlobalId(id), after: null }) : `${scene.url}/graphql`,
          {
            method,
            headers: headers({ 'content-type': 'application/json' }),
            signal: gone.signal,
            ...(method === 'POST' ? { body } : {}),
          },
        );
        const reader = response.body?.getReader();
        await reader?.read();
        await expect.poll(open).toBe('1');
        gone.abort();
        await reader?.closed.catch(() => undefined);
        await expect.poll(open).toBe('0');
      }
    });
  });

  it('of the list give the newest that match, then what changes and what leaves', async () => {
    const blueprintId = await scene.app.publish({ ...held, name: 'list' });
    const before = await scene.app.start(blueprintId);
    await scene.app.follow(before, ({ type }) => type === 'attemptStarted');
    const query =
      'subscription ($filter: ExecutionFilter) { executions(filter: $filter) { changed { id status } left } }';
    const filter = { blueprintId: blueprintGlobalId(blueprintId), statuses: ['PENDING', 'RUNNING'] };
    const stream = client.iterate({ query, variables: { filter } });
    const Change = z.object({
      data: z.object({
        executions: z.object({ changed: z.array(z.object({ id: z.string() })), left: z.array(z.string()) }),
      }),
    });
    const next = async () => Change.parse((await stream.next()).value).data.executions;
    expect(await next()).toEqual({ changed: [{ id: executionGlobalId(before) }], left: [] });
    const after = await scene.app.start(blueprintId);
    expect((await next()).changed.map(({ id }) => id)).toEqual([executionGlobalId(after)]);
    await scene.app.cancel(before);
    const left: string[] = [];
    while (left.length === 0) left.push(...(await next()).left);
    expect(left).toEqual([executionGlobalId(before)]);
    await stream.return?.(undefined);
    const none = client.iterate({ query, variables: { filter: { blueprintId: 'nonsense' } } });
    expect(Change.parse((await none.next()).value).data.executions).toEqual({ changed: [], left: [] });
  });

  it('of a blueprint give the present version, then each new one', async () => {
    const source = JSON.stringify({ name: 'edited', nodes: {} });
    const created = await scene.app.useCases.blueprints.createBlueprint(author, { source });
    if (!created.ok) throw new Error(created.error.message);
    const id: BlueprintId = created.value.id;
    const query = `subscription ($id: ID!) { blueprintChanged(id: $id) {
      ... on BlueprintChanged { blueprint { version } revision { version change } } ... on NotFoundError { id } } }`;
    const stream = client.iterate({ query, variables: { id: blueprintGlobalId(id) } });
    const next = async (): Promise<unknown> => (await stream.next()).value;
    expect(await next()).toMatchObject({ data: { blueprintChanged: { blueprint: { version: 1 } } } });
    await scene.app.useCases.blueprints.publishBlueprint(author, { id, expectedVersion: 1 });
    expect(await next()).toMatchObject({
      data: { blueprintChanged: { blueprint: { version: 2 }, revision: { version: 2, change: 'PUBLISHED' } } },
    });
    await stream.return?.(undefined);
    for (const unknown of [blueprintGlobalId(NOBODY), 'nonsense']) {
      const found: unknown[] = [];
      for await (const result of client.iterate({ query, variables: { id: unknown } })) found.push(result);
      expect(found).toEqual([{ data: { blueprintChanged: { id: unknown } } }]);
    }
  });
});
