/**
 * The type of the values that a JSON Schema describes, as far as types can say: what is left open is `unknown`. So the
 * input of a blueprint need not be written twice.
 */
export type FromSchema<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly anyOf: readonly (infer Choice)[] } | { readonly oneOf: readonly (infer Choice)[] }
      ? FromSchema<Choice>
      : S extends { readonly type: infer Name }
        ? FromType<S, Name>
        : unknown;

type FromType<S, Name> = Name extends readonly (infer Each)[]
  ? FromType<S, Each>
  : Name extends 'object'
    ? FromObject<S>
    : Name extends 'array'
      ? readonly FromSchema<S extends { readonly items: infer Items } ? Items : unknown>[]
      : Name extends keyof Scalars
        ? Scalars[Name]
        : unknown;

interface Scalars {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
}

type FromObject<S> = S extends { readonly properties: infer P }
  ? Flat<
      { readonly [K in Extract<keyof P, RequiredOf<S>>]: FromSchema<P[K]> } & {
        readonly [K in Exclude<keyof P, RequiredOf<S>>]?: FromSchema<P[K]>;
      } & (S extends { readonly additionalProperties: true } ? { readonly [member: string]: unknown } : unknown)
    >
  : { readonly [member: string]: FromSchema<S extends { readonly additionalProperties: infer A } ? A : unknown> };

type RequiredOf<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

/** Shows one object in messages of the compiler and not an intersection. */
type Flat<T> = { [K in keyof T]: T[K] };
