import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const ISSUES = 'issues { rule path message line column }';
const CREATE = `mutation ($source: String!) { createBlueprint(input: { source: $source }) { __typename
  ... on CreateBlueprintSuccess { blueprint { id version } } ... on Error { message }
  ... on InvalidBlueprintError { ${ISSUES} } } }`;
const PUBLISH = `mutation ($id: ID!, $version: Int!) { publishBlueprint(input: { id: $id, expectedVersion: $version }) {
  __typename ... on Error { message } ... on InvalidBlueprintError { ${ISSUES} } } }`;
const UPDATE = `mutation ($id: ID!, $version: Int!, $source: String!) {
  updateBlueprint(input: { id: $id, expectedVersion: $version, edits: [{ replace: $source }] }) { __typename
    ... on UpdateBlueprintSuccess { blueprint { version } } ... on Error { message }
    ... on InvalidBlueprintError { ${ISSUES} } ... on VersionConflict { expectedVersion actualVersion } } }`;
const START = `mutation ($input: StartExecutionInput!) { startExecution(input: $input) { __typename
  ... on StartExecutionSuccess { execution { id } } ... on Error { message }
  ... on NotFoundError { id } ... on InvalidInputError { ${ISSUES} } ... on InvalidBlueprintError { ${ISSUES} } } }`;
const VALIDATE = `query ($source: String!) { validateBlueprint(source: $source) { ${ISSUES} } }`;

const Made = z.object({ id: z.string(), version: z.number() });
const code = (name: string, input: string): string => `  ${name}:
    kind: code
    source: return input;
    input: ${input}
`;

/** Texts that cannot be read as a blueprint: they are not even kept. */
const unreadable: readonly (readonly [string, string, object])[] = [
  ['malformed YAML', 'name: bad\nnodes:\n  a: { kind: code\n', { line: 4 }],
  ['an alias', 'name: bad\nnodes: &all {}\noutput: *all\n', { line: 2 }],
  ['an unknown kind', 'name: bad\nnodes:\n  a:\n    kind: teleport\n', { path: '/nodes/a/kind', line: 4, column: 5 }],
  [
    'a misspelled member',
    'name: bad\nnodes:\n  a:\n    kind: transform\n    outputt: 1\n',
    { path: '/nodes/a/outputt', line: 5 },
  ],
  [
    'a name that is a subtraction',
    'name: bad\nnodes:\n  a-b: { kind: transform, output: 1 }\n',
    { path: '/nodes/a-b', line: 3 },
  ],
];

/** Documents that can be read and must not run: kept as drafts, never published, never started. */
const unsound: readonly (readonly [string, string, object])[] = [
  [
    'a cycle',
    `nodes:\n${code('a', '${ nodes.b.output }')}${code('b', '${ nodes.a.output }')}`,
    { rule: 'no-cycles', message: expect.stringMatching(/a.*b.*a|b.*a.*b/), line: expect.any(Number) },
  ],
  [
    'a wrong reference',
    `nodes:\n${code('a', '${ nodes.b.output }')}`,
    { path: '/nodes/a/input', line: 6, message: expect.stringContaining('"b"') },
  ],
  [
    'a wrong type in an expression',
    `input: { type: object, properties: { n: { type: integer } } }\nnodes:\n${code('a', '${ input.n.startsWith("x") }')}`,
    { path: '/nodes/a/input', line: 7 },
  ],
  [
    'an unknown tool',
    'nodes:\n  a:\n    kind: tool\n    tool: text.templte\n',
    { path: '/nodes/a/tool', line: 5, message: expect.stringContaining('text.template') },
  ],
];

describe('bad input gets a clear error with its place, and stores nothing', () => {
  let gateway: TestGateway;
  let sound: z.infer<typeof Made>;
  beforeAll(async () => {
    gateway = await startTestGateway();
    const input = 'input: { type: object, properties: { n: { type: integer } }, required: [n] }';
    sound = await create(`name: sound\n${input}\nnodes:\n${code('a', '${ input.n }')}`);
    expect(await answer(PUBLISH, { ...sound })).toMatchObject({ __typename: 'PublishBlueprintSuccess' });
  });
  afterAll(() => gateway.close());

  async function answer(query: string, variables: Record<string, unknown>): Promise<unknown> {
    const { data, errors } = await gateway.run(query, variables);
    expect(errors).toBeUndefined();
    return Object.values(data ?? {})[0];
  }
  async function create(source: string): Promise<z.infer<typeof Made>> {
    return z.object({ blueprint: Made }).parse(await answer(CREATE, { source })).blueprint;
  }
  /** Everything that a refusal must leave as it was. */
  async function stored(): Promise<unknown> {
    const { rows } = await gateway.database.database.query({
      text: `select (select count(*)::int from blueprints) as blueprints, (select count(*)::int from executions) as executions,
        (select count(*)::int from execution_events) as events, (select count(*)::int from blueprint_revisions) as revisions`,
    });
    return rows[0];
  }
  async function refuses(ask: () => Promise<unknown>, expected: object): Promise<void> {
    const before = await stored();
    expect(await ask()).toMatchObject(expected);
    expect(await stored()).toEqual(before);
  }

  it.each(unreadable)('%s', async (_, source, issue) => {
    const expected = {
      __typename: 'InvalidBlueprintError',
      issues: expect.arrayContaining([expect.objectContaining(issue)]),
    };
    await refuses(() => answer(CREATE, { source }), expected);
    await refuses(() => answer(UPDATE, { id: sound.id, version: 2, source }), {
      __typename: 'InvalidBlueprintError',
      message: expect.stringContaining('Nothing was changed'),
    });
    await refuses(() => answer(VALIDATE, { source }), { issues: expected.issues });
  });

  it.each(unsound)('%s', async (what, body, issue) => {
    const source = `name: ${what.replaceAll(' ', '-')}\n${body}`;
    const issues = expect.arrayContaining([expect.objectContaining(issue)]);
    await refuses(() => answer(VALIDATE, { source }), { issues });
    const draft = await create(source);
    // What is stored has no lines any more, only the path into the document.
    const place = { ...issue, line: null };
    const expected = {
      __typename: 'InvalidBlueprintError',
      issues: expect.arrayContaining([expect.objectContaining(place)]),
    };
    await refuses(() => answer(PUBLISH, { ...draft }), expected);
    await refuses(() => answer(START, { input: { blueprintId: draft.id, version: 1, input: {} } }), expected);
  });

  it.each([
    ['a missing member', {}, '/input'],
    ['a wrong type', { n: 'many' }, '/input/n'],
  ])('an input that does not match the schema: %s', async (_, input, path) => {
    await refuses(() => answer(START, { input: { blueprintId: sound.id, input } }), {
      __typename: 'InvalidInputError',
      issues: [{ path: expect.stringMatching(new RegExp(`^${path}`)), message: expect.stringContaining('n') }],
    });
  });

  it('a stale version', async () => {
    await refuses(() => answer(UPDATE, { id: sound.id, version: 1, source: 'name: sound\nnodes: {}\n' }), {
      __typename: 'VersionConflict',
      expectedVersion: 1,
      actualVersion: 2,
    });
  });

  it('an unknown ID', async () => {
    const unknown = Buffer.from('Blueprint:01890000-0000-7000-8000-000000000001').toString('base64');
    for (const id of [unknown, 'nonsense', '']) {
      await refuses(() => answer(START, { input: { blueprintId: id, input: { n: 1 } } }), {
        __typename: 'NotFoundError',
        id,
      });
    }
  });

  it('a document over 1 MiB', async () => {
    const source = `name: large\ndescription: ${'x'.repeat(1_048_576)}\nnodes: {}\n`;
    const expected = { issues: [{ message: expect.stringMatching(/1 MiB|1,?048,?576/), path: '' }] };
    await refuses(() => answer(CREATE, { source }), { __typename: 'InvalidBlueprintError', ...expected });
    await refuses(() => answer(VALIDATE, { source }), expected);
  });
});
