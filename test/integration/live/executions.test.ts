import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { BlueprintId } from '../../../src/core/ids.ts';
import { ExecutionId } from '../../../src/core/ids.ts';
import { encodeCursor } from '../../../src/live/cursor.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { blueprintGlobalId, executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';
import { code } from '../../support/scripted-code.ts';

const NOBODY = '01890000-0000-7000-8000-000000000009';

const START = `mutation ($input: StartExecutionInput!) { startExecution(input: $input) {
  __typename
  ... on StartExecutionSuccess { created execution { id status progress { done total } input startCursor cursor } }
  ... on Error { message }
  ... on NotFoundError { id }
  ... on InvalidInputError { issues { rule path } }
  ... on InvalidBlueprintError { issues { rule path } }
  ... on IdempotencyConflict { execution { id } }
} }`;
const CANCEL = `mutation ($input: CancelExecutionInput!) { cancelExecution(input: $input) {
  __typename
  ... on CancelExecutionSuccess { execution { id } }
  ... on AlreadyFinishedError { execution { status } }
  ... on NotFoundError { id }
} }`;
const EVENTS = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: EventFilter) {
  node(id: $id) { ... on Execution { events(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    edges { cursor node { sequence type cursor ... on NodeEvent { path } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }`;

const greet = {
  name: 'greet',
  input: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  nodes: {
    greet: code({ input: { text: '${ "Hello, " + input.name }' } }),
    after: { kind: 'transform', output: '${ nodes.greet.output.text }' },
  },
  output: '${ nodes.after.output }',
};
const held = { name: 'held', nodes: { wait: code({ input: { hold: true } }), then: code({ after: ['wait'] }) } };

const Events = z.object({
  events: z.object({
    edges: z.array(
      z.object({
        cursor: z.string(),
        node: z.looseObject({ sequence: z.number(), type: z.string(), cursor: z.string() }),
      }),
    ),
    pageInfo: z.object({
      hasNextPage: z.boolean(),
      hasPreviousPage: z.boolean(),
      startCursor: z.string().nullable(),
      endCursor: z.string().nullable(),
    }),
  }),
});

describe('Executions through GraphQL', () => {
  let scene: LiveScene;
  let greeting: BlueprintId;
  let finished: ExecutionId;

  beforeAll(async () => {
    scene = await openLiveScene();
    greeting = await scene.app.publish(greet);
    finished = await scene.app.start(greeting, { name: 'Ada' });
    await scene.app.finish(finished);
  });
  afterAll(() => scene.close());

  const start = (input: object): Promise<unknown> => scene.field(START, { input });
  const id = (): string => blueprintGlobalId(greeting);
  async function events(variables: Readonly<Record<string, unknown>>) {
    const found = Events.parse(await scene.field(EVENTS, { id: executionGlobalId(finished), ...variables }));
    return { ...found.events, sequences: found.events.edges.map(({ node }) => node.sequence) };
  }

  it('are started durably, and their answers are read when they are done', async () => {
    const started = z
      .object({ created: z.literal(true), execution: z.looseObject({ id: z.string(), input: z.unknown() }) })
      .parse(await start({ blueprintId: id(), input: { name: 'Grace' } }));
    expect(started.execution).toMatchObject({
      status: 'PENDING',
      input: { name: 'Grace' },
      progress: { done: 0, total: 2 },
    });
    const executionId = ExecutionId.parse(Buffer.from(started.execution.id, 'base64url').toString().split(':')[1]);
    await scene.app.finish(executionId);
    const query = `query ($id: ID!) { execution(id: $id) {
      status output failure { reason } finishedAt progress { done total } revision { version name } usage { costUsdMicros } } }`;
    expect(await scene.field(query, { id: started.execution.id })).toEqual({
      status: 'SUCCEEDED',
      output: 'Hello, Grace',
      failure: null,
      finishedAt: expect.stringMatching(/Z$/),
      progress: { done: 2, total: 2 },
      revision: { version: 1, name: 'greet' },
      usage: { costUsdMicros: '0' },
    });
  });

  it('are refused with the place of each fault', async () => {
    expect(await start({ blueprintId: id(), input: { name: 7 }, budget: { maxWallMs: 0 } })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: '/budget/maxWallMs' }, { path: '/input/name' }],
    });
    expect(await start({ blueprintId: id(), version: 9, input: { name: 'Ada' } })).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('no version 9'),
      issues: [{ path: '/version' }],
    });
    for (const unknown of [blueprintGlobalId(NOBODY), 'nonsense', executionGlobalId(finished)]) {
      expect(await start({ blueprintId: unknown })).toEqual({
        __typename: 'NotFoundError',
        message: `There is no blueprint with the ID "${unknown}" that you may see.`,
        id: unknown,
      });
    }
    for (const idempotencyKey of ['', 'x'.repeat(256), 'a\u0000b']) {
      const refused = await start({ blueprintId: id(), input: { name: 'Ada' }, idempotencyKey });
      expect(refused).toMatchObject({ issues: [{ path: '/idempotencyKey' }] });
    }
  });

  it('are refused of a blueprint that is not published, archived or faulty', async () => {
    const { blueprints } = scene.app.useCases;
    const source = JSON.stringify({ name: 'draft', nodes: { a: { kind: 'transform', output: 1 } } });
    const created = await blueprints.createBlueprint(author, { source });
    if (!created.ok) throw new Error(created.error.message);
    const draft = { blueprintId: blueprintGlobalId(created.value.id) };
    expect(await start(draft)).toMatchObject({ __typename: 'InvalidBlueprintError', issues: [{ rule: 'published' }] });
    expect(await start({ ...draft, version: 1 })).toMatchObject({ __typename: 'StartExecutionSuccess' });
    const edits = [{ addNode: { name: 'b', kind: 'transform', after: ['none'], spec: { output: 1 } } }];
    const faulty = await blueprints.updateBlueprint(author, {
      id: created.value.id,
      expectedVersion: 1,
      onConflict: 'reject',
      edits,
    });
    expect(faulty.ok).toBe(true);
    expect(await start({ ...draft, version: 2 })).toMatchObject({ __typename: 'InvalidBlueprintError' });
    const archived = await blueprints.archiveBlueprint(author, { id: created.value.id, expectedVersion: 2 });
    expect(archived.ok).toBe(true);
    expect(await start({ ...draft, version: 1 })).toMatchObject({ issues: [{ rule: 'archived' }] });
  });

  it('of one idempotency key are one, whatever has become of the blueprint', async () => {
    const blueprintId = await scene.app.publish({ ...greet, name: 'once' });
    const input = { blueprintId: blueprintGlobalId(blueprintId), input: { name: 'Ada' }, idempotencyKey: 'once' };
    const first = z.looseObject({ execution: z.looseObject({ id: z.string() }) }).parse(await start(input));
    const again = { created: false, execution: { id: first.execution.id } };
    expect(await start(input)).toMatchObject(again);
    await scene.app.useCases.blueprints.archiveBlueprint(author, { id: blueprintId, expectedVersion: 2 });
    expect(await start(input)).toMatchObject(again);
    expect(await start({ ...input, input: { name: 'Bob' } })).toMatchObject({
      __typename: 'IdempotencyConflict',
      execution: { id: first.execution.id },
    });
  });

  it('take large inputs, and give large outputs when they are asked for', async () => {
    const name = 'x'.repeat(300_000);
    const execution = await scene.app.start(greeting, { name });
    const { events: journal } = await scene.app.finish(execution);
    expect(journal[0]).toMatchObject({ input: { artifact: expect.any(String), bytes: name.length + 11 } });
    const query =
      'query ($id: ID!) { execution(id: $id) { input output events(last: 1) { edges { node { ... on ExecutionSucceeded { output } } } } } }';
    expect(await scene.field(query, { id: executionGlobalId(execution) })).toEqual({
      input: { name },
      output: `Hello, ${name}`,
      events: { edges: [{ node: { output: `Hello, ${name}` } }] },
    });
    const aliases = Array.from({ length: 12 }, (_, n) => `a${n}: execution(id: $id) { input }`).join(' ');
    const many = await scene.app.start(greeting, { name: 'y'.repeat(4_000_000) });
    const answer = await scene.ask(`query ($id: ID!) { ${aliases} }`, { id: executionGlobalId(many) });
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringContaining('32 MiB'),
      extensions: { code: 'BAD_REQUEST' },
    });
  });

  it('are listed newest first, page by page, by blueprint and status', async () => {
    const blueprintId = await scene.app.publish({ ...greet, name: 'listed' });
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift(executionGlobalId(await scene.app.start(blueprintId, { name: `${n}` })));
    const query = `query ($first: Int, $after: String, $filter: ExecutionFilter) {
      executions(first: $first, after: $after, filter: $filter) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;
    const filter = { blueprintId: blueprintGlobalId(blueprintId) };
    const Page = z.object({
      edges: z.array(z.object({ node: z.object({ id: z.string() }) })),
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
    });
    const first = Page.parse(await scene.field(query, { first: 3, filter }));
    const rest = Page.parse(await scene.field(query, { first: 3, filter, after: first.pageInfo.endCursor }));
    expect([...first.edges, ...rest.edges].map(({ node }) => node.id)).toEqual(ids);
    expect([first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([true, false]);
    const none = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
    expect(await scene.field(query, { filter: { ...filter, statuses: ['PAUSED'] } })).toEqual(none);
    expect(await scene.field(query, { filter: { blueprintId: 'nonsense' } })).toEqual(none);
    expect((await scene.ask(query, { after: 'nonsense' })).errors?.[0]?.extensions).toEqual({ code: 'BAD_REQUEST' });
  });

  it('show their events forwards and backwards with the cursors of the subscription', async () => {
    const all = await events({ first: 100 });
    const count = all.sequences.length;
    expect(all.sequences).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(
      all.edges.every(({ cursor, node }) => cursor === node.cursor && cursor === encodeCursor(finished, node.sequence)),
    ).toBe(true);
    const first = await events({ first: 2 });
    const next = await events({ first: 2, after: first.pageInfo.endCursor });
    expect([first.sequences, next.sequences]).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(next.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    const last = await events({ last: 2 });
    const before = await events({ last: 2, before: last.pageInfo.startCursor });
    expect([before.sequences, last.sequences]).toEqual([
      [count - 3, count - 2],
      [count - 1, count],
    ]);
    expect(last.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const end = await events({ first: 2, after: encodeCursor(finished, count) });
    expect(end).toMatchObject({ edges: [], pageInfo: { hasNextPage: false, endCursor: null } });
    const between = await events({ first: 9, after: encodeCursor(finished, 1), before: encodeCursor(finished, 4) });
    expect(between.sequences).toEqual([2, 3]);
  });

  it('show the events that pass a filter, and always the last', async () => {
    const ofNode = await events({ first: 50, filter: { nodeNames: ['greet'] } });
    expect(ofNode.edges.map(({ node }) => [node.type, node['path']])).toEqual([
      ['ATTEMPT_STARTED', 'greet'],
      ['ATTEMPT_SUCCEEDED', 'greet'],
      ['EXECUTION_SUCCEEDED', undefined],
    ]);
    const ofType = await events({ last: 2, filter: { types: ['EXECUTION_REQUESTED'] } });
    expect(ofType.sequences).toEqual([1, ofNode.sequences.at(-1)]);
    const nobody = await events({ first: 1, filter: { nodeNames: ['nobody'] } });
    expect(nobody.sequences).toEqual([ofNode.sequences.at(-1)]);
  });

  it('refuse cursors that are none, are of another execution, or lie behind the end', async () => {
    const other = ExecutionId.parse(NOBODY);
    const wrong = ['nonsense', encodeCursor(other, 1), encodeCursor(finished, 999), encodeCursor(finished, 2 ** 40)];
    for (const after of wrong) {
      const answer = await scene.ask(EVENTS, { id: executionGlobalId(finished), first: 1, after });
      expect(answer.errors?.[0]).toMatchObject({
        message: expect.stringMatching(/cursor/i),
        extensions: { code: 'BAD_REQUEST' },
      });
    }
  });

  it('are canceled once, with a receipt; finished ones are not', async () => {
    const execution = await scene.app.start(await scene.app.publish(held));
    await scene.app.follow(execution, ({ type }) => type === 'attemptStarted');
    const input = { id: executionGlobalId(execution), reason: 'Enough.' };
    expect(await scene.field(CANCEL, { input })).toEqual({
      __typename: 'CancelExecutionSuccess',
      execution: { id: input.id },
    });
    const { events: journal } = await scene.app.finish(execution);
    expect(journal.filter(({ type }) => type === 'cancelRequested')).toMatchObject([
      { reason: 'Enough.', requestedBy: expect.any(String) },
    ]);
    expect(journal.at(-1)).toMatchObject({ type: 'executionCanceled', stopped: [{ path: 'wait', attempt: 1 }] });
    expect(await scene.field(CANCEL, { input })).toEqual({
      __typename: 'AlreadyFinishedError',
      execution: { status: 'CANCELED' },
    });
    for (const id of [executionGlobalId(NOBODY), 'nonsense']) {
      expect(await scene.field(CANCEL, { input: { id } })).toEqual({ __typename: 'NotFoundError', id });
    }
    const tooLong = await scene.ask(CANCEL, { input: { id: input.id, reason: 'x'.repeat(1_001) } });
    expect(tooLong.errors?.[0]?.extensions).toEqual({ code: 'BAD_REQUEST' });
  });

  it('have nodes that anybody finds again by their ID', async () => {
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on ExecutionNode { path kind status attempt failure { reason } } } }`;
    const nodeId = (path: string): string => Buffer.from(`ExecutionNode:${finished}:${path}`).toString('base64url');
    expect(
      await scene.field(query, { ids: [nodeId('greet'), nodeId('nobody'), nodeId(''), executionGlobalId(finished)] }),
    ).toEqual([
      { __typename: 'ExecutionNode', path: 'greet', kind: 'code', status: 'SUCCEEDED', attempt: 1, failure: null },
      null,
      null,
      { __typename: 'Execution' },
    ]);
  });
});
