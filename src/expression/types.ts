import { escapeToken } from '../core/json-pointer.ts';

/** What is known of a value before an execution: enough to find a wrong reference, never so much as to refuse a right one. */
export type ExpressionType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'list'; readonly items: ExpressionType }
  | ObjectType
  | { readonly kind: 'optional'; readonly value: ExpressionType };

type ScalarKind = 'dyn' | 'null' | 'bool' | 'number' | 'string' | 'bytes' | 'timestamp' | 'duration' | 'type';

/** An object. Closed when `rest` is undefined: it has no members but these. */
export interface ObjectType {
  readonly kind: 'object';
  readonly members: Readonly<Record<string, ExpressionType>>;
  /** The type of members that are not listed. */
  readonly rest: ExpressionType | undefined;
  /** Members that are there for sure. */
  readonly required: readonly string[];
}

/** The types of what an expression may read, by root name. Whatever is not listed does not exist. */
export interface TypeScope {
  readonly roots: Readonly<Record<string, ExpressionType>>;
}

const scalar = <K extends ScalarKind>(kind: K): { readonly kind: K } => ({ kind });
export const DYN = scalar('dyn');
export const NULL = scalar('null');
export const BOOL = scalar('bool');
export const NUMBER = scalar('number');
export const STRING = scalar('string');
export const BYTES = scalar('bytes');
export const TIMESTAMP = scalar('timestamp');
export const DURATION = scalar('duration');
export const TYPE = scalar('type');

/** A list of one type of items. */
export const listOf = (items: ExpressionType): ExpressionType => ({ kind: 'list', items });

/** An object with these members and no others, all of them there. */
export const closedObject = (members: Readonly<Record<string, ExpressionType>>): ObjectType => ({
  kind: 'object',
  members,
  rest: undefined,
  required: Object.keys(members),
});

/** An object whose members all have one type. */
export const mapOf = (rest: ExpressionType): ObjectType => ({ kind: 'object', members: {}, rest, required: [] });

/** The type of a listed member; own members only, so that `constructor` is none. */
export const memberType = (type: ObjectType, name: string): ExpressionType | undefined =>
  Object.hasOwn(type.members, name) ? type.members[name] : type.rest;

/** A type that both fit; `dyn` where they differ. */
export function unify(left: ExpressionType, right: ExpressionType): ExpressionType {
  if (left.kind === 'list' && right.kind === 'list') return listOf(unify(left.items, right.items));
  if (left.kind === 'object' && right.kind === 'object') return unifyObjects(left, right);
  if (left.kind === 'optional' && right.kind === 'optional') {
    return { kind: 'optional', value: unify(left.value, right.value) };
  }
  return left.kind === right.kind ? left : DYN;
}

function unifyObjects(left: ObjectType, right: ObjectType): ObjectType {
  const names = new Set([...Object.keys(left.members), ...Object.keys(right.members)]);
  const members = [...names].map((name) => {
    const [one, other] = [memberType(left, name), memberType(right, name)];
    return [name, one !== undefined && other !== undefined ? unify(one, other) : (one ?? other ?? DYN)] as const;
  });
  return {
    kind: 'object',
    members: Object.fromEntries(members),
    rest: left.rest === undefined && right.rest === undefined ? undefined : DYN,
    required: left.required.filter((name) => right.required.includes(name)),
  };
}

/** A type in words, for messages. */
export const describeType = ({ kind }: ExpressionType): string => NAMES[kind] ?? `a ${kind}`;

const NAMES: Readonly<Record<string, string>> = {
  dyn: 'a value of any type',
  null: 'null',
  object: 'an object',
  optional: 'an optional value',
};

/** Why a value of one type cannot stand where another is expected, with the place inside the value. */
export interface Mismatch {
  /** JSON Pointer (RFC 6901) into the value. */
  readonly pointer: string;
  readonly message: string;
}

/** What of a value does not fit; what is not known fits. */
export function mismatchesOf(actual: ExpressionType, expected: ExpressionType, pointer = ''): readonly Mismatch[] {
  if (actual.kind === 'dyn' || expected.kind === 'dyn' || actual.kind === 'optional') return [];
  if (actual.kind === 'list' && expected.kind === 'list') {
    return mismatchesOf(actual.items, expected.items, `${pointer}/-`);
  }
  if (actual.kind === 'object' && expected.kind === 'object') return objectMismatches(actual, expected, pointer);
  if (asJson(actual) === expected.kind) return [];
  return [{ pointer, message: `This is ${describeType(actual)}, but ${describeType(expected)} is expected.` }];
}

/** Instants, durations, bytes and names of types become text in JSON. */
const asJson = (type: ExpressionType): string =>
  ['bytes', 'timestamp', 'duration', 'type'].includes(type.kind) ? 'string' : type.kind;

function objectMismatches(actual: ObjectType, expected: ObjectType, pointer: string): readonly Mismatch[] {
  const missing = expected.required
    .filter((name) => memberType(actual, name) === undefined)
    .map((name) => ({ pointer, message: `The member "${name}" is missing.` }));
  const wrong = Object.entries(actual.members).flatMap(([name, type]): readonly Mismatch[] => {
    const place = `${pointer}/${escapeToken(name)}`;
    const wanted = memberType(expected, name);
    if (wanted !== undefined) return mismatchesOf(type, wanted, place);
    const known = Object.keys(expected.members).join(', ');
    return [
      { pointer: place, message: `There is no member "${name}" here; there are: ${known === '' ? 'none' : known}.` },
    ];
  });
  return [...missing, ...wrong];
}
