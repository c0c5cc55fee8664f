import { inspect } from 'node:util';
import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped } from 'graphql';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const fault = (name: string, value: unknown): GraphQLError =>
  new GraphQLError(`${name} cannot represent ${inspect(value)}.`);

// No GraphQLError: what we answer wrongly is our bug, not the client's.
const bug = (name: string, value: unknown): Error => new Error(`${name} cannot represent ${String(value)}.`);

/** Milliseconds since 1970 in code. */
export const dateTimeScalar = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  description: 'An instant in UTC, RFC 3339, milliseconds.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value) => {
    if (typeof value !== 'number') throw bug('DateTime', value);
    return new Date(value).toISOString();
  },
  parseValue: (value) => {
    const at = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isNaN(at)) throw fault('DateTime', value);
    return at;
  },
});

/** A whole number that JSON carries exactly. */
export const safeIntScalar = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description:
    'A whole number up to 2^53 - 1, sent as a JSON number: milliseconds, bytes, tokens, counts (Int would overflow).',
  serialize: (value) => {
    if (!isSafeInt(value)) throw bug('SafeInt', value);
    return value;
  },
  parseValue: (value) => parseSafeInt(value),
  parseLiteral: (node) => parseSafeInt(node.kind === Kind.INT ? Number(node.value) : undefined),
});

const isSafeInt = (value: unknown): value is number => Number.isSafeInteger(value);

function parseSafeInt(value: unknown): number {
  if (!isSafeInt(value)) throw fault('SafeInt', value);
  return value;
}

/** Money: never a float on the wire. */
export const bigIntScalar = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  description: 'A whole number of any size, sent as a decimal string: money in micro-dollars.',
  serialize: (value) => {
    if (typeof value !== 'bigint') throw bug('BigInt', value);
    return value.toString();
  },
  parseValue: (value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    return parseDecimal(value);
  },
  parseLiteral: (node) => parseDecimal(node.kind === Kind.INT || node.kind === Kind.STRING ? node.value : undefined),
});

function parseDecimal(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,40}$/.test(value)) throw fault('BigInt', value);
  return BigInt(value);
}

/** Any JSON value; what it must be like is said where it is used. */
export const jsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description: 'Any JSON value: an object, a list, a string, a number, true, false or null.',
  // graphql-js wants both or none.
  parseValue: (value) => value,
  parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
});
