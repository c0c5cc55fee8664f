import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBlueprintClient, setOutput as set, type BlueprintClient } from '../../support/blueprint-client.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let client: BlueprintClient;
beforeAll(async () => {
  gateway = await startTestGateway();
  client = createBlueprintClient(gateway);
});
afterAll(() => gateway.close());

const CHANGED = `__typename
  ... on Error { message }
  ... on VersionConflict { expectedVersion actualVersion mergeable changes { path side } }
  ... on InvalidInputError { issues { path } }`;

describe('What is read', () => {
  it('is found by its global ID, many at once and in order', async () => {
    const id = await client.create('by-id');
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on BlueprintRevision { version } } }`;
    const revision = await client.ask('{ blueprint(name: "by-id") { revision { id } } }');
    const { id: revisionId } = (revision as { revision: { id: string } }).revision; // what the query selects
    expect(await client.ask(query, { ids: [revisionId, 'nonsense', id] })).toEqual([
      { __typename: 'BlueprintRevision', id: revisionId, version: 1 },
      null,
      { __typename: 'Blueprint', id },
    ]);
    const tooMany = await gateway.run(query, { ids: Array.from({ length: 101 }, () => id) });
    expect(tooMany.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });

  it('comes back as the text that it was, in both formats', async () => {
    const query = `{ blueprint(name: "texts") { revision { yaml: source json: source(format: JSON) fingerprint } } }`;
    await client.create('texts', { greet: 'hello' });
    const { revision } = (await client.ask(query)) as { revision: { yaml: string; json: string; fingerprint: string } };
    const check =
      'query ($source: String!) { validateBlueprint(source: $source) { fingerprint issues { rule } nodes { name } } }';
    const same = { fingerprint: revision.fingerprint, issues: [], nodes: [{ name: 'greet' }] };
    expect(await client.ask(check, { source: revision.yaml })).toEqual(same);
    expect(await client.ask(check, { source: revision.json })).toEqual(same);
  });

  it('says where a text that is only checked has its faults', async () => {
    const source = 'name: faulty\nnodes:\n  a:\n    kind: transform\n    output: ${ nodes.b.output }\n';
    const query = 'query ($source: String!) { validateBlueprint(source: $source) { issues { path line column } } }';
    expect(await client.ask(query, { source })).toMatchObject({
      issues: [{ path: '/nodes/a/output', line: 5, column: 5 }],
    });
  });

  it('tells what changed between two versions', async () => {
    const id = await client.create('history');
    await client.update(id, 1, [set('a', 2), { removeNode: 'b' }]);
    const query = `query ($id: ID!, $to: Int!) { blueprintDiff(id: $id, from: 1, to: $to) {
      to { version } changes { node path before after } } }`;
    expect(await client.ask(query, { id, to: 2 })).toEqual({
      to: { version: 2 },
      changes: [
        { node: 'a', path: '/nodes/a/output', before: 1, after: 2 },
        { node: 'b', path: '/nodes/b', before: { kind: 'transform', output: 1 }, after: null },
      ],
    });
    expect(await client.ask(query, { id, to: 3 })).toBeNull();
  });

  it('keeps a layout outside of version and fingerprint', async () => {
    const id = await client.create('layout');
    const query = `mutation ($id: ID!, $layout: JSON!) { setBlueprintLayout(input: { id: $id, layout: $layout }) {
      ... on SetBlueprintLayoutSuccess { blueprint { version layout } } ... on InvalidInputError { issues { path } } } }`;
    const layout = { a: { x: 1, y: 2 } };
    expect(await client.ask(query, { id, layout })).toEqual({ blueprint: { version: 1, layout } });
    expect(await client.ask(query, { id, layout: 'x'.repeat(600_000) })).toEqual({ issues: [{ path: '/layout' }] });
  });

  it('shows every node kind and every tool with its schema', async () => {
    const { data } = await gateway.run('{ nodeKinds { kind schema } tools { name version input output } }');
    expect(data).toMatchObject({ nodeKinds: expect.arrayContaining([expect.objectContaining({ kind: 'loop' })]) });
    expect(JSON.stringify(data)).toContain('"text.template"');
  });
});

describe('A list', () => {
  const page = `query ($first: Int, $after: String, $last: Int, $before: String, $archived: Boolean! = false) {
    blueprints(first: $first, after: $after, last: $last, before: $before, nameContains: "PAGED", archived: $archived) {
      edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
  interface Page {
    edges: { cursor: string; node: { name: string } }[];
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
  }
  const read = async (variables: Record<string, unknown>): Promise<Page> => (await client.ask(page, variables)) as Page;
  const namesOf = ({ edges }: Page): string[] => edges.map(({ node }) => node.name);

  it('is walked page by page, forward and backward, while others add and take away', async () => {
    const names = Array.from({ length: 7 }, (_, n) => `paged-${n}`);
    for (const name of names) await client.create(name);
    const first = await read({ first: 3 });
    expect(namesOf(first)).toEqual(['paged-0', 'paged-1', 'paged-2']);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    await client.create('paged-1b');
    const second = await read({ first: 3, after: first.pageInfo.endCursor });
    expect(namesOf(second)).toEqual(['paged-3', 'paged-4', 'paged-5']);
    const third = await read({ first: 3, after: second.pageInfo.endCursor });
    expect(namesOf(third)).toEqual(['paged-6']);
    expect(third.pageInfo.hasNextPage).toBe(false);
    const back = await read({ last: 3, before: second.pageInfo.startCursor });
    expect(namesOf(back)).toEqual(['paged-1', 'paged-1b', 'paged-2']);
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });

  it('hides archived blueprints unless they are asked for', async () => {
    const id = await client.create('paged-archived');
    await client.ask(
      `mutation ($id: ID!) { archiveBlueprint(input: { id: $id, expectedVersion: 1 }) { ${CHANGED} } }`,
      {
        id,
      },
    );
    expect(namesOf(await read({ first: 100 }))).not.toContain('paged-archived');
    expect(namesOf(await read({ first: 100, archived: true }))).toContain('paged-archived');
  });

  it('of revisions has the newest first', async () => {
    const id = await client.create('revised');
    for (let version = 1; version <= 4; version += 1) await client.update(id, version, [set('a', version + 1)]);
    const query = `query ($id: ID!) { node(id: $id) { ... on Blueprint { revisions(first: 2) {
      edges { node { version } } pageInfo { hasNextPage } } } } }`;
    expect(await client.ask(query, { id })).toEqual({
      revisions: { edges: [{ node: { version: 5 } }, { node: { version: 4 } }], pageInfo: { hasNextPage: true } },
    });
  });
});

it('No answer was a bug', () => {
  expect(gateway.bugs).toEqual([]);
});
