import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantId } from '../../../src/core/ids.ts';
import { encodeGlobalId } from '../../../src/gateway/global-id.ts';
import { transforms } from '../../support/blueprint-use-cases.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const UPDATE = `mutation Update($input: UpdateBlueprintInput!) {
  updateBlueprint(input: $input) {
    __typename
    ... on Error { message }
    ... on UpdateBlueprintSuccess {
      outcome
      blueprint { id version name hasUnpublishedChanges }
      revision { version change createdBy nodes { name kind after spec } issues { rule } }
    }
    ... on VersionConflict {
      expectedVersion actualVersion mergeable
      current { version }
      base { version nodes { name spec } }
      changes { node path side base yours theirs }
    }
    ... on InvalidBlueprintError { issues { rule path message } }
    ... on InvalidInputError { issues { rule path } }
    ... on NotFoundError { id }
    ... on NameTakenError { name }
  }
}`;

const CHANGED = `__typename
  ... on Error { message }
  ... on VersionConflict { expectedVersion actualVersion mergeable changes { path side } }
  ... on InvalidInputError { issues { path } }`;

/** The answer of the one root field; a request that failed as a whole is a fault of the test. */
async function ask(query: string, variables: Record<string, unknown> = {}, key?: string): Promise<unknown> {
  const { data, errors } = await gateway.run(query, variables, key);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return Object.values(data ?? {})[0];
}

async function create(name: string, outputs: Readonly<Record<string, unknown>> = { a: 1, b: 1 }): Promise<string> {
  const query = `mutation ($source: String!) {
    createBlueprint(input: { source: $source }) { ... on CreateBlueprintSuccess { blueprint { id } } ... on Error { message } }
  }`;
  const answer = await ask(query, { source: transforms(name, outputs) });
  const { blueprint } = answer as { blueprint: { id: string } }; // what the query selects
  return blueprint.id;
}

const update = (id: string, expectedVersion: number, edits: readonly object[], onConflict = 'REJECT') =>
  ask(UPDATE, { input: { id, expectedVersion, edits, onConflict } });

const set = (name: string, output: unknown) => ({ patchNode: { name, spec: { output } } });

describe('An edit', () => {
  it('of the present version is applied as one new version', async () => {
    const id = await create('applied');
    const edits = [
      set('a', 2),
      { addNode: { name: 'c', kind: 'transform', after: ['a'], spec: { output: '${ nodes.b.output }' } } },
      { rename: 'applied-2' },
    ];
    expect(await update(id, 1, edits)).toMatchObject({
      outcome: 'APPLIED',
      blueprint: { id, version: 2, name: 'applied-2', hasUnpublishedChanges: true },
      revision: { version: 2, change: 'EDITED', createdBy: 'test', issues: [] },
    });
  });

  it('that fails as one of several changes nothing', async () => {
    const id = await create('all-or-none');
    expect(await update(id, 1, [set('a', 2), { removeNode: 'missing' }])).toMatchObject({
      __typename: 'InvalidBlueprintError',
      issues: [{ rule: 'unknown-node', path: '/edits/1/removeNode' }],
    });
    expect(await ask('query ($id: ID!) { node(id: $id) { ... on Blueprint { version } } }', { id })).toEqual({
      version: 1,
    });
  });

  it('that changes nothing raises no version, also when it was seen long ago', async () => {
    const id = await create('unchanged');
    expect(await update(id, 1, [set('a', 1)])).toMatchObject({ outcome: 'UNCHANGED', blueprint: { version: 1 } });
    await update(id, 1, [set('a', 2)]);
    // The answer was lost, and the client asks again; then somebody else goes on, and it asks once more.
    expect(await update(id, 1, [set('a', 2)])).toMatchObject({ outcome: 'UNCHANGED', blueprint: { version: 2 } });
    await update(id, 2, [set('b', 9)]);
    expect(await update(id, 1, [set('a', 2)])).toMatchObject({ outcome: 'UNCHANGED', blueprint: { version: 3 } });
  });

  it('of a stale version is a conflict that shows all three sides', async () => {
    const id = await create('stale');
    await update(id, 1, [set('a', 'theirs')]);
    expect(await update(id, 1, [set('b', 'yours')])).toMatchObject({
      __typename: 'VersionConflict',
      expectedVersion: 1,
      actualVersion: 2,
      mergeable: true,
      current: { version: 2 },
      base: { version: 1 },
      changes: [
        { node: 'a', path: '/nodes/a/output', side: 'THEIRS', base: 1, yours: 1, theirs: 'theirs' },
        { node: 'b', path: '/nodes/b/output', side: 'YOURS', base: 1, yours: 'yours', theirs: 1 },
      ],
    });
  });

  it('of a stale version is merged when that is asked for and nothing clashes', async () => {
    const id = await create('merged');
    await update(id, 1, [set('a', 'theirs')]);
    expect(await update(id, 1, [set('b', 'yours')], 'MERGE')).toMatchObject({
      outcome: 'MERGED',
      revision: { version: 3, change: 'MERGED' },
    });
    expect(await update(id, 1, [set('a', 'mine')], 'MERGE')).toMatchObject({
      __typename: 'VersionConflict',
      mergeable: false,
      changes: [{ path: '/nodes/a/output', side: 'BOTH' }, { side: 'THEIRS' }],
    });
  });

  it('is not merged when both sides together do not compile', async () => {
    const id = await create('broken-together');
    await update(id, 1, [{ removeNode: 'a' }]);
    const edits = [set('b', '${ nodes.a.output }')];
    expect(await update(id, 1, edits)).toMatchObject({ __typename: 'VersionConflict', mergeable: false });
    expect(await update(id, 1, edits, 'MERGE')).toMatchObject({ __typename: 'VersionConflict', mergeable: false });
  });

  it('of a version that is not there yet is invalid input; of one that never was has no base', async () => {
    const id = await create('versions');
    expect(await update(id, 2, [set('a', 2)])).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: '/expectedVersion' }],
    });
    expect(await update(id, 0, [set('a', 2)])).toMatchObject({
      __typename: 'VersionConflict',
      base: null,
      changes: [],
      mergeable: false,
    });
  });

  it('may leave issues, which keep the blueprint from being published', async () => {
    const id = await create('draft');
    const edits = [set('a', '${ nodes.missing.output }')];
    expect(await update(id, 1, edits)).toMatchObject({ outcome: 'APPLIED', revision: { issues: [{}] } });
    const publish = `mutation ($id: ID!) { publishBlueprint(input: { id: $id, expectedVersion: 2 }) {
      __typename ... on InvalidBlueprintError { issues { path } } } }`;
    expect(await ask(publish, { id })).toMatchObject({
      __typename: 'InvalidBlueprintError',
      issues: [{ path: '/nodes/a/output' }],
    });
    const older = `mutation ($id: ID!) { publishBlueprint(input: { id: $id, expectedVersion: 2, version: 1 }) {
      ... on PublishBlueprintSuccess { outcome blueprint { version publishedRevision { version } hasUnpublishedChanges } } } }`;
    expect(await ask(older, { id })).toEqual({
      outcome: 'APPLIED',
      blueprint: { version: 3, publishedRevision: { version: 1 }, hasUnpublishedChanges: true },
    });
    expect(await ask(older, { id })).toMatchObject({ outcome: 'UNCHANGED', blueprint: { version: 3 } });
  });

  it('to a name that is taken is refused; the name of a deleted blueprint is free', async () => {
    const id = await create('wanted');
    const other = await create('other');
    expect(await update(other, 1, [{ rename: 'wanted' }])).toMatchObject({
      __typename: 'NameTakenError',
      name: 'wanted',
    });
    const verb = (name: string, of: string, version: number) =>
      ask(`mutation ($id: ID!) { ${name}(input: { id: $id, expectedVersion: ${version} }) { ${CHANGED} } }`, {
        id: of,
      });
    expect(await verb('deleteBlueprint', id, 1)).toEqual({ __typename: 'DeleteBlueprintSuccess' });
    expect(await verb('deleteBlueprint', id, 1)).toEqual({ __typename: 'DeleteBlueprintSuccess' });
    expect(await update(id, 2, [set('a', 2)])).toMatchObject({ __typename: 'NotFoundError', id });
    expect(await update(other, 1, [{ rename: 'wanted' }])).toMatchObject({ outcome: 'APPLIED' });
    expect(await verb('restoreBlueprint', id, 2)).toMatchObject({ __typename: 'NameTakenError' });
    expect(await verb('restoreBlueprint', id, 1)).toMatchObject({ __typename: 'VersionConflict', mergeable: false });
    expect(await verb('archiveBlueprint', other, 5)).toMatchObject({ __typename: 'InvalidInputError' });
  });

  it.each([
    ['a text that is no ID', 'nonsense'],
    ['the ID of nothing', encodeGlobalId('Blueprint', '00000000-0000-7000-8000-00000000dead')],
    ['the ID of another type', encodeGlobalId('Execution', '00000000-0000-7000-8000-00000000dead')],
  ])('of %s finds nothing, in the same words', async (_case, id) => {
    expect(await update(id, 1, [set('a', 1)])).toMatchObject({ __typename: 'NotFoundError', id });
  });
});

describe('Another tenant', () => {
  it('can neither see nor change a blueprint, and cannot tell that it is there', async () => {
    const id = await create('private');
    const stranger = await gateway.createKey({ tenant: TenantId.parse('00000000-0000-7000-8000-0000000000bb') });
    expect(await ask('query ($id: ID!) { node(id: $id) { id } }', { id }, stranger)).toBeNull();
    expect(await ask('{ blueprint(name: "private") { id } }', {}, stranger)).toBeNull();
    expect(await ask('{ blueprints { edges { cursor } } }', {}, stranger)).toEqual({ edges: [] });
    const input = { id, expectedVersion: 1, edits: [set('a', 2)] };
    expect(await ask(UPDATE, { input }, stranger)).toMatchObject({ __typename: 'NotFoundError', id });
    const missing = { ...input, id: encodeGlobalId('Blueprint', '00000000-0000-7000-8000-00000000dead') };
    const [here, nowhere] = [await ask(UPDATE, { input }, stranger), await ask(UPDATE, { input: missing }, stranger)];
    const withoutId = (answer: unknown, given: string): string => JSON.stringify(answer).replaceAll(given, '?');
    expect(withoutId(here, id)).toBe(withoutId(nowhere, missing.id));
  });
});

describe('What is read', () => {
  it('is found by its global ID, many at once and in order', async () => {
    const id = await create('by-id');
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on BlueprintRevision { version } } }`;
    const revision = await ask('{ blueprint(name: "by-id") { revision { id } } }');
    const { id: revisionId } = (revision as { revision: { id: string } }).revision; // what the query selects
    expect(await ask(query, { ids: [revisionId, 'nonsense', id] })).toEqual([
      { __typename: 'BlueprintRevision', id: revisionId, version: 1 },
      null,
      { __typename: 'Blueprint', id },
    ]);
    const tooMany = await gateway.run(query, { ids: Array.from({ length: 101 }, () => id) });
    expect(tooMany.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });

  it('comes back as the text that it was, in both formats', async () => {
    const query = `{ blueprint(name: "texts") { revision { yaml: source json: source(format: JSON) fingerprint } } }`;
    await create('texts', { greet: 'hello' });
    const { revision } = (await ask(query)) as { revision: { yaml: string; json: string; fingerprint: string } };
    const check =
      'query ($source: String!) { validateBlueprint(source: $source) { fingerprint issues { rule } nodes { name } } }';
    const same = { fingerprint: revision.fingerprint, issues: [], nodes: [{ name: 'greet' }] };
    expect(await ask(check, { source: revision.yaml })).toEqual(same);
    expect(await ask(check, { source: revision.json })).toEqual(same);
  });

  it('says where a text that is only checked has its faults', async () => {
    const source = 'name: faulty\nnodes:\n  a:\n    kind: transform\n    output: ${ nodes.b.output }\n';
    const query = 'query ($source: String!) { validateBlueprint(source: $source) { issues { path line column } } }';
    expect(await ask(query, { source })).toMatchObject({ issues: [{ path: '/nodes/a/output', line: 5, column: 5 }] });
  });

  it('tells what changed between two versions', async () => {
    const id = await create('history');
    await update(id, 1, [set('a', 2), { removeNode: 'b' }]);
    const query = `query ($id: ID!, $to: Int!) { blueprintDiff(id: $id, from: 1, to: $to) {
      to { version } changes { node path before after } } }`;
    expect(await ask(query, { id, to: 2 })).toEqual({
      to: { version: 2 },
      changes: [
        { node: 'a', path: '/nodes/a/output', before: 1, after: 2 },
        { node: 'b', path: '/nodes/b', before: { kind: 'transform', output: 1 }, after: null },
      ],
    });
    expect(await ask(query, { id, to: 3 })).toBeNull();
  });

  it('keeps a layout outside of version and fingerprint', async () => {
    const id = await create('layout');
    const query = `mutation ($id: ID!, $layout: JSON!) { setBlueprintLayout(input: { id: $id, layout: $layout }) {
      ... on SetBlueprintLayoutSuccess { blueprint { version layout } } ... on InvalidInputError { issues { path } } } }`;
    const layout = { a: { x: 1, y: 2 } };
    expect(await ask(query, { id, layout })).toEqual({ blueprint: { version: 1, layout } });
    expect(await ask(query, { id, layout: 'x'.repeat(600_000) })).toEqual({ issues: [{ path: '/layout' }] });
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
  const read = async (variables: Record<string, unknown>): Promise<Page> => (await ask(page, variables)) as Page;
  const namesOf = ({ edges }: Page): string[] => edges.map(({ node }) => node.name);

  it('is walked page by page, forward and backward, while others add and take away', async () => {
    const names = Array.from({ length: 7 }, (_, n) => `paged-${n}`);
    for (const name of names) await create(name);
    const first = await read({ first: 3 });
    expect(namesOf(first)).toEqual(['paged-0', 'paged-1', 'paged-2']);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    await create('paged-1b');
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
    const id = await create('paged-archived');
    await ask(`mutation ($id: ID!) { archiveBlueprint(input: { id: $id, expectedVersion: 1 }) { ${CHANGED} } }`, {
      id,
    });
    expect(namesOf(await read({ first: 100 }))).not.toContain('paged-archived');
    expect(namesOf(await read({ first: 100, archived: true }))).toContain('paged-archived');
  });

  it('of revisions has the newest first', async () => {
    const id = await create('revised');
    for (let version = 1; version <= 4; version += 1) await update(id, version, [set('a', version + 1)]);
    const query = `query ($id: ID!) { node(id: $id) { ... on Blueprint { revisions(first: 2) {
      edges { node { version } } pageInfo { hasNextPage } } } } }`;
    expect(await ask(query, { id })).toEqual({
      revisions: { edges: [{ node: { version: 5 } }, { node: { version: 4 } }], pageInfo: { hasNextPage: true } },
    });
  });
});

it('No answer was a bug', () => {
  expect(gateway.bugs).toEqual([]);
});
