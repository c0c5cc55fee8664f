import { GraphQLError, OperationTypeNode, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { err, ok, type Result } from '../core/result.ts';
import { KIB } from '../core/units.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { complexityOf, weightOf } from './complexity.ts';
import {
  MOST_LEVELS,
  readDocument,
  type DocumentFacts,
  type OperationSize,
  type PageSizeArgument,
} from './document-facts.ts';
import { refusal } from './problem.ts';

/** The most that one operation may be. Each is a setting. */
export interface OperationLimits {
  /** Levels of fields, after fragments are spread. */
  readonly maxDepth: number;
  /** `first` and `last`. */
  readonly maxPageSize: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  readonly maxFields: number;
  readonly maxTokens: number;
  /** Comparisons of fields that are selected more than once at one place: validation makes them all. */
  readonly maxFieldPairs: number;
  /** Objects that an answer may have; `complexity.ts` says how they are counted. */
  readonly maxComplexity: number;
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
}

export const DEFAULT_OPERATION_LIMITS: OperationLimits = {
  maxDepth: 16,
  maxPageSize: 100,
  maxAliases: 50,
  maxDirectives: 50,
  maxFields: 5_000,
  maxTokens: 10_000,
  maxFieldPairs: 10_000,
  maxComplexity: 25_000,
  introspection: true,
};

/** An operation as a client sends it, over whatever transport. */
export interface OperationParams {
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** What is known of an operation that may run. */
export interface Admitted {
  readonly complexity: number;
  /** The part of it that is taken whatever the answer has. */
  readonly fixed: number;
  /** One for each time that it is asked for. */
  readonly rootFields: readonly string[];
}

/** Whether an operation is one that may run. */
export type Admit = (
  params: OperationParams & { readonly query: string },
  viewer: Pick<Viewer, 'onlyExecution'>,
) => Result<Admitted, GraphQLError>;

const CACHED_DOCUMENTS = 500;
const LARGEST_CACHED_TEXT = 64 * KIB;
/** Of a document, in UTF-16 units: what is large belongs into variables. */
const LONGEST_TEXT = 256 * KIB;

/** Makes the gate. What it finds out about a document is kept, as clients send the same few again and again. */
export function createAdmit(schema: GraphQLSchema, limits: OperationLimits): Admit {
  const cache = new LRUCache<string, DocumentFacts>({ max: CACHED_DOCUMENTS });

  function factsOf(text: string): DocumentFacts {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const facts = readDocument(text, limits);
    if (text.length <= LARGEST_CACHED_TEXT) cache.set(text, facts);
    return facts;
  }

  return (params, viewer) => {
    if (params.query.length > LONGEST_TEXT) return err(tooLong(params.query.length));
    let facts: DocumentFacts;
    try {
      facts = factsOf(params.query);
    } catch (error) {
      return err(syntaxError(error));
    }
    const refused =
      refuseTicket(facts, viewer) ??
      refuseIntrospection(facts, limits) ??
      refuseName(facts, params) ??
      refuseSize(facts, params, limits) ??
      refusePairs(facts, limits);
    if (refused !== undefined) return err(refused);
    const complexity = complexityOf(schema, { ...params, document: facts.document });
    const tooComplex = refuseComplexity(complexity, limits);
    if (tooComplex !== undefined) return err(tooComplex);
    const { operations } = facts;
    const operation =
      operations.length > 1 ? operations.find(({ name }) => name === params.operationName) : operations[0];
    const rootFields = operation?.rootFields ?? [];
    return ok({ complexity, fixed: weightOf(schema, rootFields), rootFields });
  };
}

/** Says how to authenticate, and nothing about why a key was refused. */
export const unauthenticated = (): GraphQLError =>
  refusal('UNAUTHENTICATED', 'This needs a valid API key or token: send the header "Authorization: Bearer ...".');

const tooLong = (length: number): GraphQLError =>
  refusal(
    'BAD_REQUEST',
    `The document has ${length} characters, and at most ${LONGEST_TEXT} are read. Hand large values in as variables.`,
  );

function syntaxError(error: unknown): GraphQLError {
  // The parser calls itself for each level, and so does whoever walks what it gives.
  if (error instanceof RangeError)
    return refusal(
      'BAD_REQUEST',
      `The document is nested too deeply to be read: at most ${MOST_LEVELS} selections within each other, those of fragments too.`,
    );
  if (!(error instanceof GraphQLError)) throw error;
  const { message, source, positions } = error;
  return new GraphQLError(message, {
    ...(source === undefined ? {} : { source }),
    ...(positions === undefined ? {} : { positions }),
    // `spec`: clients that accept only application/json get 200, as GraphQL over HTTP wants it.
    extensions: { code: 'GRAPHQL_PARSE_FAILED', http: { spec: true, status: 400 } },
  });
}

/** A ticket is for one stream: what it may read of it, the use cases check. */
function refuseTicket(
  { operations }: DocumentFacts,
  { onlyExecution }: Pick<Viewer, 'onlyExecution'>,
): GraphQLError | undefined {
  if (onlyExecution === undefined || operations.every(({ type }) => type === OperationTypeNode.SUBSCRIPTION))
    return undefined;
  return refusal('FORBIDDEN', 'A stream ticket is for the subscription executionEvents alone.');
}

function refuseIntrospection(facts: DocumentFacts, limits: OperationLimits): GraphQLError | undefined {
  if (!facts.introspects || limits.introspection) return undefined;
  return refusal('BAD_REQUEST', 'Introspection is off on this server. The schema is in the file schema.graphql.');
}

function refuseName(facts: DocumentFacts, { operationName }: OperationParams): GraphQLError | undefined {
  const names = facts.operations.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (typeof operationName !== 'string' || operationName === '') {
    if (facts.operations.length <= 1) return undefined;
    return refusal(
      'BAD_REQUEST',
      `The document has several operations: say by operationName which (${names.join(', ')}).`,
    );
  }
  if (names.includes(operationName)) return undefined;
  return refusal('BAD_REQUEST', 'operationName names no operation of the document.');
}

const SIZES = [
  ['depth', 'maxDepth', 'levels deep'],
  ['fields', 'maxFields', 'fields long'],
  ['aliases', 'maxAliases', 'aliases long'],
  ['directives', 'maxDirectives', 'directives long'],
] as const satisfies readonly (readonly [keyof OperationSize, keyof OperationLimits, string])[];

function refuseSize(facts: DocumentFacts, params: OperationParams, limits: OperationLimits): GraphQLError | undefined {
  for (const { size } of facts.operations) {
    for (const [part, limit, words] of SIZES) {
      if (size[part] > limits[limit]) {
        return refusal('BAD_REQUEST', `The operation is ${size[part]} ${words}; at most ${limits[limit]} are allowed.`);
      }
    }
  }
  for (const page of facts.pageSizes) {
    const size = pageSize(page, params);
    if (size === undefined) continue;
    const { field, argument } = page;
    const least = argument === 'ids' ? 0 : 1;
    if (size < least || size > limits.maxPageSize) {
      const said = argument === 'ids' ? `${size} ids` : `${argument}: ${size}`;
      return refusal('BAD_REQUEST', `${field}(${said}): a page holds ${least} to ${limits.maxPageSize} items.`);
    }
  }
  return undefined;
}

function refusePairs({ fieldPairs }: DocumentFacts, { maxFieldPairs }: OperationLimits): GraphQLError | undefined {
  if (fieldPairs <= maxFieldPairs) return undefined;
  return refusal(
    'BAD_REQUEST',
    'The document selects the same fields too often at one place. Select each of them once.',
  );
}

function refuseComplexity(complexity: number, { maxComplexity }: OperationLimits): GraphQLError | undefined {
  if (complexity <= maxComplexity) return undefined;
  return refusal(
    'BAD_REQUEST',
    `The operation has a complexity of ${complexity}; at most ${maxComplexity} is allowed. Ask for smaller pages, or for fewer lists within lists.`,
  );
}

function pageSize({ size }: PageSizeArgument, { variables }: OperationParams): number | undefined {
  if (typeof size === 'number') return size;
  const given = variables?.[size.variable];
  if (given === undefined) return size.fallback;
  return typeof given === 'number' ? given : Array.isArray(given) ? given.length : undefined;
}
