import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { buildSchema, getNamedType, isInterfaceType, isObjectType, isRequiredArgument } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { publish, start } from '../../support/client.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { TRANSPORTS } from '../../support/transports.ts';

const require = createRequire(import.meta.url);
const SCHEMA = path.resolve('schema.graphql');

/** What a page written with Relay asks for; names begin with that of the file, as Relay wants it. */
const OPERATIONS = `
query pageQuery($first: Int!, $after: String, $id: ID!, $ids: [ID!]!) {
  ...page_list @arguments(first: $first, after: $after)
  node(id: $id) { id ...page_execution @alias }
  nodes(ids: $ids) { id ... on Blueprint { name } }
}
fragment page_list on Query
@refetchable(queryName: "pageListQuery")
@argumentDefinitions(first: { type: "Int!" }, after: { type: "String" }) {
  blueprints(first: $first, after: $after) @connection(key: "page_blueprints") { edges { node { ...page_row } } }
}
fragment page_row on Blueprint @refetchable(queryName: "pageRowQuery") { name version }
fragment page_execution on Execution
@refetchable(queryName: "pageEventsQuery")
@argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" }) {
  status
  events(first: $first, after: $after) @connection(key: "page_events") { edges { node { sequence } } }
}
mutation pageCreateMutation($input: CreateBlueprintInput!, $connections: [ID!]!) {
  createBlueprint(input: $input) {
    ... on CreateBlueprintSuccess {
      blueprint @appendNode(connections: $connections, edgeTypeName: "BlueprintEdge") { ...page_row }
    }
    ... on Error { message }
  }
}
subscription pageEventsSubscription($id: ID!, $after: String) {
  executionEvents(executionId: $id, after: $after) {
    ... on ExecutionEvents { execution { id status } events { sequence type } }
    ... on ExecutionSnapshot { execution { id status } }
  }
}`;

const schema = buildSchema(await readFile(SCHEMA, 'utf8'));

/** Every field that is a connection, as a fragment that Relay pages through. */
const CONNECTIONS = Object.values(schema.getTypeMap()).flatMap((type) => {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const canBeFoundAgain = type.name === 'Query' || type.getInterfaces().some(({ name }) => name === 'Node');
  return Object.values(type.getFields())
    .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
    .filter((field) => !field.args.some(isRequiredArgument))
    .map(({ name }) => {
      const key = `${type.name}_${name}`;
      const refetchable = canBeFoundAgain ? `@refetchable(queryName: "all_${key}Query")` : '';
      return `fragment all_${key} on ${type.name} ${refetchable}
        @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" }) {
        ${name}(first: $first, after: $after) @connection(key: "all_${key}_${name}") { edges { node { __typename } } } }`;
    });
});

const tagged = (text: string): string =>
  text
    .split(/\n(?=query|fragment|mutation|subscription)/)
    .filter((document) => document.trim() !== '')
    .map((document) => `graphql\`${document}\`;`)
    .join('\n');

describe('relay-compiler as it is', () => {
  let folder: string;
  /** The texts that a Relay page sends, by name. */
  const texts = new Map<string, string>();
  let gateway: TestGateway;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-relay-'));
    const [source, artifacts] = ['src', 'artifacts'].map((name) => path.join(folder, name));
    if (source === undefined || artifacts === undefined) throw new Error('Both were named above.');
    await Promise.all([mkdir(source), mkdir(artifacts)]);
    await writeFile(path.join(source, 'page.js'), tagged(OPERATIONS));
    await writeFile(path.join(source, 'all.js'), CONNECTIONS.map(tagged).join('\n'));
    await writeFile(path.join(folder, 'schema.graphql'), await readFile(SCHEMA));
    const settings = {
      src: './src',
      schema: './schema.graphql',
      language: 'javascript',
      artifactDirectory: './artifacts',
    };
    await writeFile(path.join(folder, 'relay.config.json'), JSON.stringify(settings));
    const compiler = require.resolve('relay-compiler/cli.js');
    // Rejects when it does not end with 0.
    await promisify(execFile)(process.execPath, [compiler, 'relay.config.json'], { cwd: folder });
    for (const file of await readdir(artifacts)) {
      const text = /"text": (".*"),?$/m.exec(await readFile(path.join(artifacts, file), 'utf8'))?.[1];
      if (text !== undefined) texts.set(file.replace('.graphql.js', ''), z.string().parse(JSON.parse(text)));
    }
    gateway = await startTestGateway();
  });
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true, force: true });
  });

  const textOf = (name: string): string => z.string({ error: `There is no ${name}.` }).parse(texts.get(name));

  it('compiles a fragment for every connection of the schema, and the query that pages through it', () => {
    expect(CONNECTIONS.length).toBeGreaterThan(5);
    expect([...texts.keys()].filter((name) => name.startsWith('all_')).length).toBeGreaterThan(5);
  });

  it('compiles queries, pages, mutations and subscriptions that the gateway answers', async () => {
    const created = await gateway.run(textOf('pageCreateMutation'), {
      input: { source: JSON.stringify({ name: 'of_relay', nodes: {} }) },
    });
    expect(created).toMatchObject({ data: { createBlueprint: { blueprint: { name: 'of_relay', version: 1 } } } });
    const runs = { name: 'runs', nodes: { one: { kind: 'transform', output: 1 } }, output: '${ nodes.one.output }' };
    const blueprintId = await publish(gateway, runs);
    const id = await start(gateway, blueprintId, {});
    const page = await gateway.run(textOf('pageQuery'), { first: 1, id, ids: [blueprintId] });
    expect(page).toMatchObject({
      data: {
        blueprints: { edges: [{ node: { name: 'of_relay' } }], pageInfo: { hasNextPage: true } },
        node: { id, events: { edges: [{ node: { sequence: 1 } }] } },
        nodes: [{ id: blueprintId, name: 'runs' }],
      },
    });
    const after = z.object({ blueprints: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) }).parse(page.data)
      .blueprints.pageInfo.endCursor;
    const next = await gateway.run(textOf('pageListQuery'), { first: 1, after });
    expect(next).toMatchObject({ data: { blueprints: { edges: [{ node: { name: 'runs' } }] } } });
    const again = await gateway.run(textOf('pageRowQuery'), { id: blueprintId });
    expect(again).toMatchObject({ data: { node: { id: blueprintId, name: 'runs' } } });
    for (const [transport, send] of TRANSPORTS.filter(([name]) => name === 'SSE' || name === 'WebSocket')) {
      const heard = await send(
        gateway.url,
        { query: textOf('pageEventsSubscription'), variables: { id } },
        gateway.key,
      );
      expect(heard, transport).toMatchObject({ data: { executionEvents: { execution: { id } } } });
    }
  });
});
