import { z } from 'zod';
import { PROBLEM_TYPE } from './answer.ts';
import { PROBLEM_STATUS, type HttpProblemCode } from './refused.ts';
import type { AnswerRule, Route } from './route.ts';
import { Conflict, Problem, SHAPES } from './shapes.ts';
import { NEW } from './version-lock.ts';

/** What every route may answer. */
const COMMON: readonly HttpProblemCode[] = [
  ...(['BAD_REQUEST', 'UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED'] as const),
  ...(['INTERNAL', 'UNAVAILABLE', 'TIMEOUT'] as const),
];

/** The OpenAPI 3.1 description of a table of routes. */
export function describeRoutes(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'iceOS over plain HTTP',
      version: '1.0.0',
      description:
        'Blueprints for scripts, under the same version lock, scopes and limits as in GraphQL. HEAD and OPTIONS are ' +
        'answered too. Errors are RFC 9457 with a `code` to act on.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: { schemas: schemas(), headers: HEADERS, securitySchemes: SECURITY },
  };
}

const SECURITY = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key (`ice_...`) or a token.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
};

const text = (description: string) => ({ description, schema: { type: 'string' } });

const HEADERS: Readonly<Record<string, object>> = {
  'X-Version-Lock': {
    description: 'The version that it is at now: send it with your next change.',
    schema: { type: 'string', pattern: '^[1-9][0-9]*$' },
  },
  'Content-Location': text('Where the blueprint is to be found by its ID.'),
  Location: text('Where the new blueprint is to be found.'),
  ETag: { description: 'Weak; for If-None-Match.', schema: { type: 'string', pattern: '^W/"[^"]+"$' } },
  'Cache-Control': text('Keep it for the one who asked alone, and ask again each time.'),
  Vary: text('The Accept header chooses between JSON and YAML.'),
  Link: text('RFC 8288: `rel="next"` leads to the next page. Absent on the last one.'),
  'Retry-After': text('Seconds.'),
  'WWW-Authenticate': text('How to authenticate.'),
  'RateLimit-Remaining': text('Complexity that is left in this window. Beside it: RateLimit-Limit, -Policy, -Reset.'),
};

/** Headers of problems. */
const OF_PROBLEM: Partial<Record<HttpProblemCode, readonly string[]>> = {
  UNAUTHENTICATED: ['WWW-Authenticate'],
  RATE_LIMITED: ['Retry-After'],
};

function schemas(): object {
  const { $defs } = z.toJSONSchema(z.object(SHAPES), { io: 'input' });
  const named = Object.entries($defs ?? {}).map(([name, schema]) => [name, without(schema, 'id')] as const);
  return inComponents(Object.fromEntries(named));
}

/** A schema by its name where it has one, else in place. */
function schemaOf(shape: z.ZodType): object {
  const id = shape.meta()?.id;
  if (id !== undefined) return { $ref: `#/components/schemas/${id}` };
  // The dialect is that of OpenAPI 3.1 anyway.
  return without(z.toJSONSchema(shape, { io: 'input' }), '$schema');
}

const without = (schema: object, name: string): object =>
  Object.fromEntries(Object.entries(schema).filter(([member]) => member !== name));

function inComponents(schemasByName: object): object {
  const moved: object = JSON.parse(
    JSON.stringify(schemasByName).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as object; // of an object
  return moved;
}

function operation(route: Route): object {
  const { operationId, summary, body } = route;
  const answers = Object.entries(route.answers).map(([status, rule]) => [status, answer(rule)] as const);
  return {
    operationId,
    summary,
    parameters: [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)],
    ...(body && {
      requestBody: { required: body.required, content: contentOf(body.types, schemaOf(body.shape)) },
    }),
    responses: { ...Object.fromEntries(answers), ...problems([...COMMON, ...route.problems]) },
  };
}

const contentOf = (types: readonly string[], schema: object): object =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

function answer({ description, types = [], shape, headers = [] }: AnswerRule): object {
  return {
    description,
    headers: headersOf([...headers, 'RateLimit-Remaining']),
    ...(shape && { content: contentOf(types, schemaOf(shape)) }),
  };
}

const headersOf = (names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

function problems(codes: readonly HttpProblemCode[]): object {
  const statuses = [...new Set(codes.map((code) => PROBLEM_STATUS[code]))];
  const described = statuses.map((status) => {
    const ofStatus = codes.filter((code) => PROBLEM_STATUS[code] === status);
    const shapes = ofStatus.map((code) => schemaOf(code === 'VERSION_CONFLICT' ? Conflict : Problem));
    const unique = [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
    const schema = unique.length === 1 ? unique[0] : { anyOf: unique };
    const headers = headersOf(ofStatus.flatMap((code) => OF_PROBLEM[code] ?? []));
    const content = { [PROBLEM_TYPE]: { schema } };
    return [String(status), { description: ofStatus.join(', '), headers, content }] as const;
  });
  return Object.fromEntries(described);
}

const pathParameters = ({ path, method }: Route): object[] =>
  path.includes('{id}')
    ? [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: method === 'GET' ? 'Its ID, or its present name.' : 'Its ID.',
          schema: { type: 'string' },
        },
      ]
    : [];

function queryParameters({ query }: Route): object[] {
  return Object.entries<z.ZodType>(query?.shape ?? {}).map(([name, shape]) => {
    const { description, ...schema } = z.toJSONSchema(shape, { io: 'output' });
    return { name, in: 'query', required: false, description, schema: without(schema, '$schema') };
  });
}

function headerParameters({ lock, mayMerge = false, isConditional = false }: Route): object[] {
  const parameter = (name: string, description: string, schema: object, required = false) => ({
    ...{ name, in: 'header', required, description, schema },
  });
  const string = { type: 'string' };
  return [
    ...(lock === 'new' ? [parameter('X-Version-Lock', 'There is none yet.', { const: NEW }, true)] : []),
    ...(lock === 'version'
      ? [parameter('X-Version-Lock', 'The version that you have seen.', { ...string, pattern: '^[1-9][0-9]*$' }, true)]
      : []),
    ...(mayMerge
      ? [
          parameter('X-On-Conflict', 'When somebody else wrote first.', {
            enum: ['reject', 'merge'],
            default: 'reject',
          }),
        ]
      : []),
    ...(isConditional ? [parameter('If-None-Match', 'The ETag of what you have: 304 if it is the same.', string)] : []),
  ];
}
