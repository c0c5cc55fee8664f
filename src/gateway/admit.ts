import { GraphQLError, OperationTypeNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { KIB } from '../core/units.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { readDocument, type DocumentFacts, type OperationSize, type PageSizeArgument } from './document-facts.ts';
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
  introspection: true,
};

/** An operation as a client sends it, over whatever transport. */
export interface OperationParams {
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Why an operation may not run, or undefined. The only gate: HTTP, server-sent events and WebSockets pass through it. */
export type Admit = (params: OperationParams, viewer: Viewer | undefined) => GraphQLError | undefined;

const CACHED_DOCUMENTS = 500;
const LARGEST_CACHED_TEXT = 64 * KIB;

/** Makes the gate. What it finds out about a document is kept, as clients send the same few again and again. */
export function createAdmit(limits: OperationLimits): Admit {
  const cache = new LRUCache<string, DocumentFacts>({ max: CACHED_DOCUMENTS });

  function factsOf(text: string): DocumentFacts {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const facts = readDocument(text, limits.maxTokens);
    if (text.length <= LARGEST_CACHED_TEXT) cache.set(text, facts);
    return facts;
  }

  return (params, viewer) => {
    if (viewer === undefined) return unauthenticated();
    // Missing or of another type: each transport has its own words for that.
    if (typeof params.query !== 'string') return undefined;
    let facts: DocumentFacts;
    try {
      facts = factsOf(params.query);
    } catch (error) {
      return syntaxError(error);
    }
    return (
      refuseTicket(facts, viewer) ??
      refuseIntrospection(facts, limits) ??
      refuseName(facts, params) ??
      refuseSize(facts, params, limits)
    );
  };
}

/** Says how to authenticate, and nothing about why a key was refused. */
export const unauthenticated = (): GraphQLError =>
  refusal('UNAUTHENTICATED', 'This needs a valid API key or token: send the header "Authorization: Bearer ...".');

function syntaxError(error: unknown): GraphQLError {
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
function refuseTicket({ operations }: DocumentFacts, { onlyExecution }: Viewer): GraphQLError | undefined {
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
    if (size !== undefined && size > limits.maxPageSize) {
      const { field, argument } = page;
      return refusal(
        'BAD_REQUEST',
        `${field}(${argument}: ${size}): a page holds at most ${limits.maxPageSize} items.`,
      );
    }
  }
  return undefined;
}

function pageSize({ size }: PageSizeArgument, { variables }: OperationParams): number | undefined {
  if (typeof size === 'number') return size;
  const given = variables?.[size.variable];
  return given === undefined ? size.fallback : typeof given === 'number' ? given : undefined;
}
