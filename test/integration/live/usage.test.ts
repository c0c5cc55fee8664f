import { createClient, type Client } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { BlueprintId, ExecutionId } from '../../../src/core/ids.ts';
import type { RunningUsage } from '../../../src/usage/ledger.ts';
import type { UsageNews } from '../../../src/use-cases/follow-usage.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { newTenantId } from '../../support/journal.ts';
import { makeCall, reserveCall, settleCall } from '../../support/ledger.ts';
import { blueprintGlobalId, executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code, createGate, scripted, type Gate } from '../../support/scripted-code.ts';

const NOBODY = '01890000-0000-7000-8000-000000000009';
const USAGE = `subscription ($id: ID!) { usage(executionId: $id) {
  __typename
  ... on RunningUsage { rootExecutionId spentUsdMicros reservedUsdMicros maxCostUsdMicros calls estimatedCalls ...Tokens }
  ... on Error { message }
  ... on NotFoundError { id }
} }
fragment Tokens on TokenCounts { inputTokens cachedInputTokens cacheWriteTokens outputTokens reasoningTokens }`;

const Result = z.object({ data: z.object({ usage: z.looseObject({ __typename: z.string() }) }) });

/** Three steps, each behind a gate of its own. */
const steps = {
  name: 'steps',
  budget: { maxCostUsdMicros: 1_000 },
  nodes: Object.fromEntries(
    ['a', 'b', 'c'].map((name, place, all) => [
      name,
      code({ input: { step: name }, after: place === 0 ? [] : [all[place - 1]] }),
    ]),
  ),
};

describe('The cost of an execution', () => {
  let scene: LiveScene;
  let client: Client;
  let blueprintId: BlueprintId;
  let gates: Readonly<Record<string, Gate>>;

  beforeAll(async () => {
    const executors = scripted(async ({ input }, signal) => {
      const { step } = z.object({ step: z.string() }).parse(input);
      await gates[step]?.pass(signal);
      return null;
    });
    scene = await openLiveScene({ executors });
    client = createClient({
      url: `${scene.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${scene.key}` },
    });
    blueprintId = await scene.app.publish(steps);
  });
  afterAll(async () => {
    for (const gate of Object.values(gates)) gate.open();
    await client.dispose();
    await scene.close();
  });

  async function start(): Promise<ExecutionId> {
    gates = { a: createGate(), b: createGate(), c: createGate() };
    const id = await scene.app.start(blueprintId);
    await scene.app.follow(id, ({ type }) => type === 'attemptStarted');
    return id;
  }
  const watch = (id: string) => client.iterate({ query: USAGE, variables: { id } });
  const follow = (id: ExecutionId, viewer = author) => scene.app.useCases.usage.followUsage(viewer, id);
  async function nextUsage(stream: AsyncGenerator<UsageNews, void, undefined>): Promise<RunningUsage> {
    const { value } = await stream.next();
    if (value?.type !== 'usage') throw new Error(`No usage: ${JSON.stringify(value)}`);
    return value.usage;
  }

  it('is told at once, then with each event that follows a change, until the execution has ended', async () => {
    const executionId = await start();
    const stream = watch(executionGlobalId(executionId));
    const next = async () => Result.parse((await stream.next()).value).data.usage;
    const of = { executionId, blueprintId, maxCostUsdMicros: 1_000n };
    const none = {
      __typename: 'RunningUsage',
      rootExecutionId: executionGlobalId(executionId),
      ...{ spentUsdMicros: '0', reservedUsdMicros: '0', maxCostUsdMicros: '1000', calls: 0, estimatedCalls: 0 },
      ...{ inputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    };
    expect(await next()).toEqual(none);
    await reserveCall(scene.database.stores, { ...of, path: 'a' });
    await settleCall(scene.database.stores, { ...of, path: 'a', tokens: { cachedInputTokens: 4, reasoningTokens: 2 } });
    await reserveCall(scene.database.stores, { ...of, path: 'b' });
    gates['a']?.open();
    const first = { ...none, spentUsdMicros: '26', reservedUsdMicros: '30', calls: 1 };
    const tokens = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 };
    expect(await next()).toEqual({ ...first, ...tokens });
    await settleCall(scene.database.stores, { ...of, path: 'b' });
    for (const gate of Object.values(gates)) gate.open();
    const rest: unknown[] = [];
    for await (const result of stream) rest.push(Result.parse(result).data.usage);
    expect(rest).toMatchObject([{ spentUsdMicros: '56', reservedUsdMicros: '0', calls: 2, inputTokens: 20 }]);
  });

  it('of one that has ended is told once', async () => {
    const executionId = await start();
    await makeCall(scene.database.stores, { executionId, blueprintId });
    for (const gate of Object.values(gates)) gate.open();
    await scene.app.finish(executionId);
    const results: unknown[] = [];
    for await (const result of watch(executionGlobalId(executionId))) results.push(Result.parse(result).data.usage);
    expect(results).toMatchObject([{ spentUsdMicros: '30', calls: 1 }]);
  });

  it('reaches a reader that was slow as the newest sums alone', async () => {
    const executionId = await start();
    const stream = follow(executionId);
    expect(await nextUsage(stream)).toMatchObject({ spentUsdMicros: 0n });
    for (const path of ['a', 'b', 'c']) {
      await makeCall(scene.database.stores, { executionId, blueprintId, path });
      gates[path]?.open();
      await scene.app.follow(executionId, (event) => event.type === 'attemptSucceeded' && event.path === path);
    }
    await scene.app.finish(executionId);
    expect(await nextUsage(stream)).toMatchObject({ spentUsdMicros: 90n, calls: 3 });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('goes on after the end of the execution until nothing is reserved', async () => {
    const executionId = await start();
    const late = { executionId, blueprintId, path: 'late' };
    await reserveCall(scene.database.stores, late);
    for (const gate of Object.values(gates)) gate.open();
    await scene.app.finish(executionId);
    const stream = follow(executionId);
    expect(await nextUsage(stream)).toMatchObject({ spentUsdMicros: 0n, reservedUsdMicros: 30n });
    const next = nextUsage(stream);
    await settleCall(scene.database.stores, late);
    expect(await next).toMatchObject({ spentUsdMicros: 30n, reservedUsdMicros: 0n, calls: 1 });
    expect((await stream.next()).done).toBe(true);
  });

  it('is followed no more as soon as its reader goes', async () => {
    const stream = follow(await start());
    await nextUsage(stream);
    const waiting = stream.next();
    await stream.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    const unread = follow(await start());
    await unread.return();
    expect((await unread.next()).done).toBe(true);
  });

  it('of an execution that does not exist, or is of another tenant, is not told', async () => {
    const executionId = await start();
    for (const id of [executionGlobalId(NOBODY), 'nonsense', blueprintGlobalId(NOBODY)]) {
      const results: unknown[] = [];
      for await (const result of watch(id)) results.push(Result.parse(result).data.usage);
      expect(results).toEqual([
        { __typename: 'NotFoundError', id, message: `There is no execution with the ID "${id}" that you may see.` },
      ]);
    }
    const stranger = follow(executionId, { ...author, tenant: newTenantId() });
    expect((await stranger.next()).value).toMatchObject({ type: 'notFound' });
    expect((await stranger.next()).done).toBe(true);
    expect(() => follow(executionId, { ...author, scopes: new Set() })).toThrow('executions:read');
  });
});
