import type { BuiltInToolTypes } from './generated/tool-types.ts';
import type { Expr, TemplateValue } from './references.ts';

/**
 * Input and output of tools by name, for the compiler. Those of your own tools are added by declaration merging with this
 * module: `interface ToolTypes { 'my.tool': { input: { url: string }; output: { title: string } } }`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- declaration merging adds to it
export interface ToolTypes extends BuiltInToolTypes {}

/** What a tool takes: of a tool whose types are not declared, any template. */
export type ToolInput<T extends string> = T extends keyof ToolTypes
  ? ToolTypes[T] extends { readonly input: infer Input }
    ? Templated<Input>
    : TemplateValue
  : TemplateValue;

/** What a tool answers; unknown where its types are not declared. */
export type ToolOutput<T extends string> = T extends keyof ToolTypes
  ? ToolTypes[T] extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown;

/** A value of a type, any part of which may be an expression that gives it. */
export type Templated<T> = unknown extends T
  ? TemplateValue
  : | Expr<T>
    | (T extends readonly (infer Item)[]
        ? readonly Templated<Item>[]
        : T extends object
          ? { readonly [K in keyof T]: Templated<T[K]> }
          : T);
