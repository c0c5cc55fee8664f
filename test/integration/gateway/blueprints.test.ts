import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantId } from '../../../src/core/ids.ts';
import { encodeGlobalId } from '../../../src/gateway/global-id.ts';
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

describe('An edit', () => {
  it('of the present version is applied as one new version', async () => {
    const id = await client.create('applied');
    const edits = [
      set('a', 2),
      { addNode: { name: 'c', kind: 'transform', after: ['a'], spec: { output: '${ nodes.b.output }' } } },
      { rename: 'applied-2' },
    ];
    expect(await client.update(id, 1, edits)).toMatchObject({
      outcome: 'APPLIED',
      blueprint: { id, version: 2, name: 'applied-2', hasUnpublishedChanges: true },
      revision: { version: 2, change: 'EDITED', createdBy: 'test', issues: [] },
    });
  });

  it('that fails as one of several changes nothing', async () => {
    const id = await client.create('all-or-none');
    expect(await client.update(id, 1, [set('a', 2), { removeNode: 'missing' }])).toMatchObject({
      __typename: 'InvalidBlueprintError',
      issues: [{ rule: 'unknown-node', path: '/edits/1/removeNode' }],
    });
    expect(await client.ask('query ($id: ID!) { node(id: $id) { ... on Blueprint { version } } }', { id })).toEqual({
      version: 1,
    });
  });

  it('that changes nothing raises no version, also when it was seen long ago', async () => {
    const id = await client.create('unchanged');
    expect(await client.update(id, 1, [set('a', 1)])).toMatchObject({
      outcome: 'UNCHANGED',
      blueprint: { version: 1 },
    });
    await client.update(id, 1, [set('a', 2)]);
    // The answer was lost, and the client asks again; then somebody else goes on, and it asks once more.
    expect(await client.update(id, 1, [set('a', 2)])).toMatchObject({
      outcome: 'UNCHANGED',
      blueprint: { version: 2 },
    });
    await client.update(id, 2, [set('b', 9)]);
    expect(await client.update(id, 1, [set('a', 2)])).toMatchObject({
      outcome: 'UNCHANGED',
      blueprint: { version: 3 },
    });
  });

  it('of a stale version is a conflict that shows all three sides', async () => {
    const id = await client.create('stale');
    await client.update(id, 1, [set('a', 'theirs')]);
    expect(await client.update(id, 1, [set('b', 'yours')])).toMatchObject({
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
    const id = await client.create('merged');
    await client.update(id, 1, [set('a', 'theirs')]);
    expect(await client.update(id, 1, [set('b', 'yours')], { onConflict: 'MERGE' })).toMatchObject({
      outcome: 'MERGED',
      revision: { version: 3, change: 'MERGED' },
    });
    expect(await client.update(id, 1, [set('a', 'mine')], { onConflict: 'MERGE' })).toMatchObject({
      __typename: 'VersionConflict',
      mergeable: false,
      changes: [{ path: '/nodes/a/output', side: 'BOTH' }, { side: 'THEIRS' }],
    });
  });

  it('is not merged when both sides together do not compile', async () => {
    const id = await client.create('broken-together');
    await client.update(id, 1, [{ removeNode: 'a' }]);
    const edits = [set('b', '${ nodes.a.output }')];
    expect(await client.update(id, 1, edits)).toMatchObject({ __typename: 'VersionConflict', mergeable: false });
    expect(await client.update(id, 1, edits, { onConflict: 'MERGE' })).toMatchObject({
      __typename: 'VersionConflict',
      mergeable: false,
    });
  });

  it('of a version that is not there yet is invalid input; of one that never was has no base', async () => {
    const id = await client.create('versions');
    expect(await client.update(id, 2, [set('a', 2)])).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: '/expectedVersion' }],
    });
    expect(await client.update(id, 0, [set('a', 2)])).toMatchObject({
      __typename: 'VersionConflict',
      base: null,
      changes: [],
      mergeable: false,
    });
  });

  it('may leave issues, which keep the blueprint from being published', async () => {
    const id = await client.create('draft');
    const edits = [set('a', '${ nodes.missing.output }')];
    expect(await client.update(id, 1, edits)).toMatchObject({ outcome: 'APPLIED', revision: { issues: [{}] } });
    const publish = `mutation ($id: ID!) { publishBlueprint(input: { id: $id, expectedVersion: 2 }) {
      __typename ... on InvalidBlueprintError { issues { path } } } }`;
    expect(await client.ask(publish, { id })).toMatchObject({
      __typename: 'InvalidBlueprintError',
      issues: [{ path: '/nodes/a/output' }],
    });
    const older = `mutation ($id: ID!) { publishBlueprint(input: { id: $id, expectedVersion: 2, version: 1 }) {
      ... on PublishBlueprintSuccess { outcome blueprint { version publishedRevision { version } hasUnpublishedChanges } } } }`;
    expect(await client.ask(older, { id })).toEqual({
      outcome: 'APPLIED',
      blueprint: { version: 3, publishedRevision: { version: 1 }, hasUnpublishedChanges: true },
    });
    expect(await client.ask(older, { id })).toMatchObject({ outcome: 'UNCHANGED', blueprint: { version: 3 } });
  });

  it('to a name that is taken is refused; the name of a deleted blueprint is free', async () => {
    const id = await client.create('wanted');
    const other = await client.create('other');
    expect(await client.update(other, 1, [{ rename: 'wanted' }])).toMatchObject({
      __typename: 'NameTakenError',
      name: 'wanted',
    });
    const verb = (name: string, of: string, version: number) =>
      client.ask(`mutation ($id: ID!) { ${name}(input: { id: $id, expectedVersion: ${version} }) { ${CHANGED} } }`, {
        id: of,
      });
    expect(await verb('deleteBlueprint', id, 1)).toEqual({ __typename: 'DeleteBlueprintSuccess' });
    expect(await verb('deleteBlueprint', id, 1)).toEqual({ __typename: 'DeleteBlueprintSuccess' });
    expect(await client.update(id, 2, [set('a', 2)])).toMatchObject({ __typename: 'NotFoundError', id });
    expect(await client.update(other, 1, [{ rename: 'wanted' }])).toMatchObject({ outcome: 'APPLIED' });
    expect(await verb('restoreBlueprint', id, 2)).toMatchObject({ __typename: 'NameTakenError' });
    expect(await verb('restoreBlueprint', id, 1)).toMatchObject({ __typename: 'VersionConflict', mergeable: false });
    expect(await verb('archiveBlueprint', other, 5)).toMatchObject({ __typename: 'InvalidInputError' });
  });

  it.each([
    ['a text that is no ID', 'nonsense'],
    ['the ID of nothing', encodeGlobalId('Blueprint', '00000000-0000-7000-8000-00000000dead')],
    ['the ID of another type', encodeGlobalId('Execution', '00000000-0000-7000-8000-00000000dead')],
  ])('of %s finds nothing, in the same words', async (_case, id) => {
    expect(await client.update(id, 1, [set('a', 1)])).toMatchObject({ __typename: 'NotFoundError', id });
  });
});

describe('Another tenant', () => {
  it('can neither see nor change a blueprint, and cannot tell that it is there', async () => {
    const id = await client.create('private');
    const stranger = await gateway.createKey({ tenant: TenantId.parse('00000000-0000-7000-8000-0000000000bb') });
    expect(await client.ask('query ($id: ID!) { node(id: $id) { id } }', { id }, stranger)).toBeNull();
    expect(await client.ask('{ blueprint(name: "private") { id } }', {}, stranger)).toBeNull();
    expect(await client.ask('{ blueprints { edges { cursor } } }', {}, stranger)).toEqual({ edges: [] });
    const edits = [set('a', 2)];
    expect(await client.update(id, 1, edits, { key: stranger })).toMatchObject({ __typename: 'NotFoundError', id });
    const missing = encodeGlobalId('Blueprint', '00000000-0000-7000-8000-00000000dead');
    const [here, nowhere] = [
      await client.update(id, 1, edits, { key: stranger }),
      await client.update(missing, 1, edits, { key: stranger }),
    ];
    const withoutId = (answer: unknown, given: string): string => JSON.stringify(answer).replaceAll(given, '?');
    expect(withoutId(here, id)).toBe(withoutId(nowhere, missing));
  });
});

it('No answer was a bug', () => {
  expect(gateway.bugs).toEqual([]);
});
