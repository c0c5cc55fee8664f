import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, printSchema, type GraphQLSchema } from 'graphql';
import {
  brokenOperations,
  coordinatesOf,
  type BrokenOperation,
  type RecordedOperation,
} from './recorded-operations.ts';

export const CHANGE_LEVELS = ['breaking', 'dangerous', 'safe'] as const;
export type ChangeLevel = (typeof CHANGE_LEVELS)[number];

/** One change of a schema, and what it does to clients. */
export interface SchemaChange {
  readonly level: ChangeLevel;
  /** Its place, such as `Query.blueprint`. */
  readonly path: string;
  readonly message: string;
  /** Recorded operations that use that place. */
  readonly usedBy: readonly string[];
}

/** All that clients would notice. */
export interface WeighedSchema {
  /** The worst first. */
  readonly changes: readonly SchemaChange[];
  /** Recorded operations that were valid and are so no more. */
  readonly broken: readonly BrokenOperation[];
}

const LEVELS: Readonly<Record<CriticalityLevel, ChangeLevel>> = {
  [CriticalityLevel.Breaking]: 'breaking',
  [CriticalityLevel.Dangerous]: 'dangerous',
  [CriticalityLevel.NonBreaking]: 'safe',
};

/** A schema as its clients see it: without directives that introspection does not tell, whatever it was read from. */
const asSeen = (schema: GraphQLSchema): GraphQLSchema => buildSchema(printSchema(schema), { assumeValid: true });

/** Compares two schemas, and tries the recorded operations on both. */
export async function weighSchema(
  before: GraphQLSchema,
  after: GraphQLSchema,
  operations: readonly RecordedOperation[] = [],
): Promise<WeighedSchema> {
  const used = operations.map((operation) => ({ operation, coordinates: coordinatesOf(before, operation) }));
  const changes = (await diff(asSeen(before), asSeen(after))).map(({ criticality, path = '', message, type }) => {
    // What is new cannot be used yet: what it was added to can.
    const place = String(type).endsWith('_ADDED') ? path.split('.').slice(0, -1).join('.') : path;
    const usedBy = used.filter(({ coordinates }) => coordinates.has(place)).map(({ operation }) => operation.name);
    return { level: LEVELS[criticality.level], path, message, usedBy };
  });
  const worstFirst = CHANGE_LEVELS.flatMap((level) => changes.filter((change) => change.level === level));
  return { changes: worstFirst, broken: brokenOperations(before, after, operations) };
}
