import { readFile } from 'node:fs/promises';
import { buildSchema, isInterfaceType, isObjectType, type GraphQLObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';

// relay-compiler is 106 MB of native programs; run by hand over this schema it is content. These are the rules that it and its runtime rest
// on: https://relay.dev/docs/guides/graphql-server-specification and https://relay.dev/graphql/connections.htm.
const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
const objects = Object.values(schema.getTypeMap()).filter(isObjectType);
const query = schema.getType('Query') as GraphQLObjectType; // every schema has one
const typeOf = (object: GraphQLObjectType, field: string): string => String(object.getFields()[field]?.type);

describe('What Relay expects of a schema', () => {
  it('an interface Node with a global ID, found by node(id:) and nodes(ids:)', () => {
    const node = schema.getType('Node');
    expect(isInterfaceType(node) && String(node.getFields()['id']?.type)).toBe('ID!');
    expect(typeOf(query, 'node')).toBe('Node');
    expect(query.getFields()['node']?.args.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual(['id: ID!']);
    expect(query.getFields()['nodes']?.args.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual([
      'ids: [ID!]!',
    ]);
  });

  it('no object that has an ID of another type', () => {
    const nodes = objects.filter((object) => object.getInterfaces().some(({ name }) => name === 'Node'));
    expect(nodes.length).toBeGreaterThan(3);
    for (const object of nodes) expect(typeOf(object, 'id')).toBe('ID!');
  });

  const connections = objects.filter(({ name }) => name.endsWith('Connection'));
  it.each(connections.map((connection) => [connection.name, connection] as const))('%s is one', (_name, connection) => {
    expect(typeOf(connection, 'pageInfo')).toBe('PageInfo!');
    const edge = objects.find(({ name }) => name === typeOf(connection, 'edges').replace(/[[\]!]/g, ''));
    expect(edge?.name).toBe(connection.name.replace(/Connection$/, 'Edge'));
    expect(edge && typeOf(edge, 'cursor')).toBe('String!');
    expect(edge?.getFields()['node']).toBeDefined();
  });

  it('pages by first and after, or last and before, on every field that gives one', () => {
    const fields = objects.flatMap((object) => Object.values(object.getFields()));
    const paged = fields.filter(({ type }) => /Connection!?$/.test(String(type)));
    expect(paged.length).toBeGreaterThanOrEqual(connections.length);
    for (const { args } of paged) {
      const given = new Map(args.map(({ name, type }) => [name, String(type)]));
      expect([given.get('first'), given.get('after')]).toEqual(['Int', 'String']);
    }
  });

  it('PageInfo', () => {
    const info = objects.find(({ name }) => name === 'PageInfo');
    const found = ['hasNextPage', 'hasPreviousPage', 'startCursor', 'endCursor'].map(
      (name) => info && typeOf(info, name),
    );
    expect(found).toEqual(['Boolean!', 'Boolean!', 'String', 'String']);
  });

  it('mutations with one input', () => {
    const mutations = Object.values((schema.getType('Mutation') as GraphQLObjectType).getFields()); // it has one
    for (const { args } of mutations) expect(args.map(({ name }) => name)).toEqual(['input']);
  });
});
