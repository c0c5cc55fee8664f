import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlueprintId } from '../../../src/core/ids.ts';
import type { UseCases } from '../../../src/gateway/context.ts';
import type { Viewer, ViewerScope } from '../../../src/use-cases/viewer.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
let useCases: UseCases;
beforeAll(async () => {
  gateway = await startTestGateway();
  ({ useCases } = gateway);
});
afterAll(() => gateway.close());

const with_ = (...scopes: ViewerScope[]): Viewer => ({ ...author, scopes: new Set(scopes) });
/** May edit and start, and may not give grants. */
const editor = with_('blueprints:read', 'blueprints:write', 'executions:read', 'executions:write');

let count = 0;
const newName = (): string => `flow-${(count += 1)}`;
const documentOf = (name: string, hosts: readonly string[], text = 'x'): string =>
  JSON.stringify({
    name,
    nodes: {
      fetch: { kind: 'tool', tool: 'http.request', input: { url: 'http://a.test/' }, grants: { hosts } },
      text: { kind: 'transform', output: text },
    },
  });

async function create(hosts: readonly string[], name = newName()): Promise<{ id: BlueprintId; name: string }> {
  const created = await useCases.blueprints.createBlueprint(editor, { source: documentOf(name, hosts) });
  if (!created.ok) throw new Error(created.error.message);
  return { id: created.value.id, name };
}
/** Edits as the viewer without the scope; answers with the new version. */
async function edit(id: BlueprintId, expectedVersion: number, source: string): Promise<number> {
  const input = { id, expectedVersion, onConflict: 'merge' as const, edits: [{ replace: source }] };
  const updated = await useCases.blueprints.updateBlueprint(editor, input);
  if (!updated.ok) throw new Error(updated.error.message);
  return updated.value.blueprint.version;
}
const publish = (viewer: Viewer, id: BlueprintId, expectedVersion: number, version?: number) =>
  useCases.blueprints.publishBlueprint(viewer, { id, expectedVersion, version });
const start = (viewer: Viewer, blueprintId: BlueprintId, more: { version?: number; idempotencyKey?: string } = {}) =>
  useCases.executions.startExecution(viewer, { blueprintId, input: {}, ...more });
const refusal = /asks for more than what is published: http\.request: host .*This needs the scope grants:write/;

const A = 'a.test:80';
const B = 'b.test:80';

describe('a version that widens grants', () => {
  it('is published by a viewer with grants:write alone, also the first one', async () => {
    const { id } = await create([A]);
    await expect(publish(editor, id, 1)).rejects.toThrow(refusal);
    expect((await publish(author, id, 1)).ok).toBe(true);
  });

  it('is none when it asks for the same or less', async () => {
    const { id, name } = await create([A, B]);
    await publish(author, id, 1);
    const narrower = await edit(id, 2, documentOf(name, [A], 'y'));
    expect((await publish(editor, id, narrower)).ok).toBe(true);
    // Back to what was published once: wider than what is published now.
    await expect(publish(editor, id, narrower + 1, 1)).rejects.toThrow(refusal);
    const without = await create([]);
    expect((await publish(editor, without.id, 1)).ok).toBe(true);
  });

  it('is not started by its version either', async () => {
    const { id, name } = await create([A]);
    await expect(start(editor, id, { version: 1 })).rejects.toThrow(refusal);
    await publish(author, id, 1);
    expect((await start(editor, id)).ok).toBe(true);
    const wider = await edit(id, 2, documentOf(name, [A, B]));
    await expect(start(editor, id, { version: wider })).rejects.toThrow(refusal);
    expect((await start(editor, id, { version: 1 })).ok).toBe(true);
    expect((await start(author, id, { version: wider })).ok).toBe(true);
  });

  it('stays so when it comes about by a merge', async () => {
    const { id, name } = await create([A]);
    await publish(author, id, 1);
    await edit(id, 2, documentOf(name, [A], 'theirs'));
    // Stale, and merged with the other change.
    const merged = await edit(id, 2, documentOf(name, [A, B]));
    await expect(publish(editor, id, merged)).rejects.toThrow(refusal);
    await expect(start(editor, id, { version: merged })).rejects.toThrow(refusal);
  });

  it('stays so after archive, delete and restore, and under a new blueprint of the old name', async () => {
    const { id, name } = await create([A]);
    await publish(author, id, 1);
    const wider = await edit(id, 2, documentOf(name, [A, B]));
    const { blueprints } = useCases;
    await blueprints.archiveBlueprint(editor, { id, expectedVersion: wider });
    await blueprints.deleteBlueprint(editor, { id, expectedVersion: wider + 1 });
    const again = await create([A], name);
    await expect(publish(editor, again.id, 1)).rejects.toThrow(refusal);
    await blueprints.deleteBlueprint(editor, { id: again.id, expectedVersion: 1 });
    expect(await blueprints.restoreBlueprint(editor, { id, expectedVersion: wider + 2 })).toMatchObject({ ok: true });
    await expect(publish(editor, id, wider + 3)).rejects.toThrow(refusal);
    await expect(publish(editor, id, wider + 3, wider)).rejects.toThrow(refusal);
    await expect(start(editor, id, { version: wider })).rejects.toThrow(refusal);
    // What was published before runs again.
    expect((await start(editor, id)).ok).toBe(true);
  });

  it('stays so when only the tool has changed', async () => {
    const { id, name } = await create([A]);
    await publish(author, id, 1);
    const source = documentOf(name, [A]).replace('http.request', 'csv.parse');
    const moved = await edit(id, 2, source);
    await expect(publish(editor, id, moved)).rejects.toThrow(/csv\.parse: host a\.test:80/);
  });

  it('does not hide what was started before with the same key', async () => {
    const { id, name } = await create([A, B]);
    await publish(author, id, 1);
    const first = await start(editor, id, { version: 1, idempotencyKey: name });
    expect(first).toMatchObject({ ok: true, value: { created: true } });
    await publish(author, id, await edit(id, 2, documentOf(name, [A])));
    await expect(start(editor, id, { version: 1 })).rejects.toThrow(refusal);
    const again = await start(editor, id, { version: 1, idempotencyKey: name });
    expect(again).toMatchObject({ ok: true, value: { created: false } });
  });

  it('is told to clients with the code of a missing scope', async () => {
    const { id } = await create([A]);
    const key = await gateway.createKey({ scopes: [...editor.scopes] });
    const { data } = await gateway.run('query ($name: String!) { blueprint(name: $name) { id } }', {
      name: `flow-${count}`,
    });
    const global = (data?.['blueprint'] as { id: string }).id; // what the query selects
    const answer = await gateway.run(
      'mutation ($id: ID!) { publishBlueprint(input: { id: $id, expectedVersion: 1 }) { __typename } }',
      { id: global },
      key,
    );
    expect(answer.errors?.[0]).toMatchObject({
      message: expect.stringMatching(refusal),
      extensions: { code: 'FORBIDDEN' },
    });
    expect((await publish(author, id, 1)).ok).toBe(true);
  });
});

describe('the policy over GraphQL', () => {
  const UPDATE = `mutation ($input: UpdatePolicyInput!) { updatePolicy(input: $input) {
    __typename
    ... on Error { message }
    ... on UpdatePolicySuccess { outcome policy { version hosts folders secrets { name hosts header reveal } updatedBy } }
    ... on PolicyVersionConflict { expectedVersion actualVersion current { version hosts } }
    ... on InvalidInputError { issues { rule path } }
  } }`;
  const update = async (input: object, key?: string): Promise<unknown> => {
    const { data, errors } = await gateway.run(
      UPDATE,
      { input: { hosts: [], folders: [], secrets: [], ...input } },
      key,
    );
    return errors?.[0]?.extensions?.['code'] ?? data?.['updatePolicy'];
  };

  it('starts at version 0, and is changed under its lock', async () => {
    const shown = await gateway.run('{ policy { version hosts folders secrets { name } updatedAt updatedBy } }');
    expect(shown.data).toEqual({
      policy: { version: 0, hosts: [], folders: [], secrets: [], updatedAt: null, updatedBy: null },
    });
    const secrets = [{ name: 'token', hosts: ['A.test:443'] }];
    expect(await update({ expectedVersion: 0, hosts: ['a.test:443'], secrets })).toEqual({
      __typename: 'UpdatePolicySuccess',
      outcome: 'APPLIED',
      policy: {
        version: 1,
        hosts: ['a.test:443'],
        folders: [],
        secrets: [{ name: 'token', hosts: ['a.test:443'], header: 'authorization', reveal: false }],
        updatedBy: 'test',
      },
    });
    expect(await update({ expectedVersion: 0, hosts: ['a.test:443'], secrets })).toMatchObject({
      outcome: 'UNCHANGED',
    });
    expect(await update({ expectedVersion: 0 })).toMatchObject({
      __typename: 'PolicyVersionConflict',
      expectedVersion: 0,
      actualVersion: 1,
      current: { version: 1, hosts: ['a.test:443'] },
    });
    expect(await update({ expectedVersion: 1, folders: ['reports'] })).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ rule: 'known-folders', path: '/folders/0' }],
    });
  });

  it('needs grants:write', async () => {
    const key = await gateway.createKey({ scopes: [...editor.scopes] });
    expect(await update({ expectedVersion: 1 }, key)).toBe('FORBIDDEN');
    expect((await gateway.run('{ policy { version } }', {}, key)).data).toMatchObject({ policy: { version: 1 } });
    const starter = await gateway.createKey({ scopes: ['executions:write'] });
    expect((await gateway.run('{ policy { version } }', {}, starter)).errors?.[0]?.extensions).toEqual({
      code: 'FORBIDDEN',
    });
  });
});
