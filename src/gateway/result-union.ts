import type { ObjectRef } from '@pothos/core';
import type { Result } from '../core/result.ts';
import { builder } from './builder.ts';

type Types = typeof builder.$inferSchemaTypes;

/** An expected error in code: `kind` is the name of its GraphQL type. */
export interface ExpectedError {
  readonly kind: string;
  readonly message: string;
}

/** What every expected error has; all of them implement it. */
export const ErrorInterface = builder.interfaceRef<ExpectedError>('Error').implement({
  description:
    'An expected failure, always a value. Every result union may gain members: select `... on Error { message }`.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What happened, to which thing, and what to do.' }),
  }),
});

/**
 * The union `<verb>Result` of `<verb>Success` and the errors. Resolvers hand it what `unwrap` gives: the value of a
 * success, or an error, which is told apart by its `kind`.
 */
export function resultUnion<Success extends object, Failure extends ExpectedError>(
  verb: string,
  options: {
    readonly success: ObjectRef<Types, Success>;
    /** Every member of `Failure`: an error that is missing here does not compile. */
    readonly errors: { readonly [Kind in Failure['kind']]: ObjectRef<Types, Extract<Failure, { kind: Kind }>> };
  },
): PothosSchemaTypes.UnionRef<Types, Success | Failure> {
  const names = new Set(Object.keys(options.errors));
  const errors: ObjectRef<Types, Failure>[] = Object.values(options.errors);
  return builder.unionType(`${verb}Result`, {
    description: `How \`${verb.charAt(0).toLowerCase()}${verb.slice(1)}\` ended.`,
    types: [options.success, ...errors],
    resolveType: (value) => ('kind' in value && names.has(value.kind) ? value.kind : `${verb}Success`),
  });
}

/** The member of a result union that a result is. */
export const unwrap = <T, E>(result: Result<T, E>): T | E => (result.ok ? result.value : result.error);
