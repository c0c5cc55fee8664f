import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_TENANT, ExecutionId } from '../../../src/core/ids.ts';
import { encodeGlobalId, NODE_TYPES } from '../../../src/gateway/global-id.ts';
import { nodeLocalId } from '../../../src/gateway/schema/execution-refs.ts';
import { revisionLocalId } from '../../../src/gateway/schema/ids.ts';
import type { Route } from '../../../src/gateway/rest/route.ts';
import { ROUTES } from '../../../src/gateway/rest/routes.ts';
import { ForbiddenError, type Viewer } from '../../../src/use-cases/viewer.ts';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';

/** Fields that a viewer without any scope may ask for, with the reason. Every other field has to refuse it. */
const OPEN: Readonly<Record<string, string>> = {
  'Query.viewer': 'Who asks, and what he may do.',
  'Mutation.renewStream': 'It needs the new credential, of the same subject and with all scopes of the old one.',
};

/** The same of the routes of plain HTTP. */
const OPEN_ROUTES: Readonly<Record<string, string>> = {
  'GET /api/v1/openapi.json': 'The description of the product, the same for all.',
};

/** The same of the use cases themselves, however they are reached. */
const OPEN_USE_CASES: Readonly<Record<string, string>> = {
  'audit.recordRenewal': 'It records what renewStream has done.',
  'audit.recordRefusal': 'It records that somebody was refused.',
  'blueprints.examine': 'It says what the compiler finds in a document that the viewer has read; nothing stored.',
};

const NOBODY = '01890000-0000-7000-8000-000000000009';
const schema = buildSchema(await readFile('schema.graphql', 'utf8'));
const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
  Object.values(type?.getFields() ?? {}).map((field) => ({ name: `${type?.name}.${field.name}`, field })),
);

/** Some value that the type takes, as it stands in a document. */
function valueOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return valueOf(type.ofType);
  if (isListType(type)) return `[${valueOf(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter((field) => type.isOneOf || isRequiredInputField(field));
    const given = type.isOneOf ? needed.slice(0, 1) : needed;
    return `{ ${given.map((field) => `${field.name}: ${valueOf(field.type)}`).join(', ')} }`;
  }
  const values: Readonly<Record<string, string>> = {
    ID: '$id',
    Int: '1',
    SafeInt: '1',
    Boolean: 'true',
    BigInt: '"1"',
  };
  return values[type.name] ?? '"2027-01-01T00:00:00Z"';
}

function documentOf(operation: string, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.filter(isRequiredArgument).map((argument) => `${argument.name}: ${valueOf(argument.type)}`);
  const selection = isLeafType(getNamedType(type)) ? '' : '{ __typename }';
  const call = `${name}${given.length > 0 ? `(${given.join(', ')})` : ''} ${selection}`;
  return `${operation} ${call.includes('$id') ? '($id: ID!)' : ''} { ${call} }`;
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

const headersOf = ({ lock, body }: Route): Record<string, string> => ({
  ...(lock === 'none' ? {} : { 'x-version-lock': lock === 'new' ? '__new__' : '1' }),
  ...(body === undefined ? {} : { 'content-type': body.types[0] ?? '' }),
});

const UseCaseGroups = z.record(
  z.string(),
  z.record(
    z.string(),
    z.custom<(viewer: unknown, ...more: readonly unknown[]) => unknown>((value) => typeof value === 'function'),
  ),
);

/** Passes for what any use case asks for as far as its scope is asked for: an ID, a list, an object with an ID. */
const ANYTHING = Object.assign([NOBODY], { id: NOBODY, executionId: NOBODY });

/** What follows the type in an ID of it. */
const LOCAL_IDS: Readonly<Record<string, string>> = {
  BlueprintRevision: revisionLocalId({ blueprintId: NOBODY, version: 1 }),
  ExecutionNode: nodeLocalId({ executionId: ExecutionId.parse(NOBODY), path: 'a' }),
};
const NODE_FIELDS: ReadonlySet<string> = new Set(['Query.node', 'Query.nodes']);

describe('A viewer without scopes', () => {
  let gateway: TestGateway;
  let key: string;
  beforeAll(async () => {
    gateway = await startTestGateway({
      // No key is made without a scope.
      authenticate: (real) => async (credential) => {
        const session = await real(credential);
        return session && { ...session, viewer: { ...session.viewer, scopes: new Set() } };
      },
    });
    ({ key } = gateway);
  });
  afterAll(() => gateway.close());

  it.each(fields)('is refused $name, or it is named why not', async ({ name, field }) => {
    const operation = name.split('.')[0]?.toLowerCase() ?? '';
    const headers = {
      authorization: `Bearer ${key}`,
      ...(operation === 'subscription' && { accept: 'text/event-stream' }),
    };
    const query = documentOf(operation, field);
    // An ID of another type is refused as what is not there: of one type the scope has to be asked for.
    const texts = await Promise.all(
      NODE_TYPES.map(async (type) => {
        const body = { query, variables: { id: encodeGlobalId(type, LOCAL_IDS[type] ?? NOBODY) } };
        return await (await postGraphQL(gateway.url, body, headers)).text();
      }),
    );
    const refused = texts.filter((text) => text.includes('"code":"FORBIDDEN"'));
    // A node of any type is asked for by one field.
    if (NODE_FIELDS.has(name)) expect(refused, texts.join('\n')).toHaveLength(NODE_TYPES.length);
    else expect(refused.length > 0, texts[0] ?? '').toBe(!(name in OPEN));
  });

  it.each(ROUTES)('is refused $method $path, or it is named why not', async (route) => {
    const answer = await fetch(gateway.url + route.path.replace('{id}', encodeGlobalId('Blueprint', NOBODY)), {
      method: route.method,
      headers: { authorization: `Bearer ${key}`, ...headersOf(route) },
      ...(route.body?.required === true && { body: JSON.stringify({ name: 'of_nobody', nodes: {} }) }),
    });
    expect(answer.status, await answer.text()).toBe(nameOf(route) in OPEN_ROUTES ? 200 : 403);
  });

  it('is refused every use case, or it is named why not', async () => {
    const nobody: Viewer = { tenant: DEFAULT_TENANT, subject: 'nobody', scopes: new Set() };
    // Some are told the whole session.
    const viewer = { ...nobody, viewer: nobody, credential: { type: 'key', id: NOBODY } };
    const useCases = UseCaseGroups.parse(gateway.useCases);
    const open: string[] = [];
    for (const [group, members] of Object.entries(useCases)) {
      for (const [name, useCase] of Object.entries(members)) {
        const refused = await Promise.resolve()
          .then(() => useCase(viewer, ANYTHING, ANYTHING))
          .then(
            () => false,
            (error: unknown) => error instanceof ForbiddenError,
          );
        if (!refused) open.push(`${group}.${name}`);
      }
    }
    expect(open.toSorted()).toEqual(Object.keys(OPEN_USE_CASES).toSorted());
  });

  it('names no route that is not there', () => {
    expect(Object.keys(OPEN_ROUTES).filter((open) => !ROUTES.map(nameOf).includes(open))).toEqual([]);
  });

  it('names no field that is not there', () => {
    expect(Object.keys(OPEN).filter((open) => !fields.some(({ name }) => name === open))).toEqual([]);
  });
});
