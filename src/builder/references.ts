import type { Json } from '../core/json.ts';
import { CEL_RESERVED } from '../blueprint/node-name.ts';

/** Holds the CEL of a reference or expression; a symbol, so that no member of the data can have this name. */
const CEL = Symbol('cel');
/** Holds no value: it ties an expression to the type of what it gives. */
declare const TYPE: unique symbol;

/** A value that is known when the blueprint runs; in the document it is `${ ... }`. */
export interface Expr<T> {
  readonly [CEL]: string;
  readonly [TYPE]?: T;
}

/**
 * A reference to a value: an input, an output or an item of a loop. Its members are references to the value's members, so
 * that a wrong one does not compile. Where nothing is known of the type, every member may be read, by index.
 */
export type Ref<T> = Expr<T> & Members<T>;

type Members<T> = unknown extends T
  ? AnyMembers
  : T extends readonly (infer Item)[]
    ? { readonly [index: number]: Ref<Item> }
    : T extends object
      ? { readonly [K in keyof T]-?: Ref<Exclude<T[K], null | undefined>> }
      : unknown;

interface AnyMembers {
  readonly [member: string]: Ref<unknown>;
}

/** Makes the reference to a place, such as `nodes.greet.output`. */
export function ref<T>(path: string): Ref<T> {
  const target: Expr<T> = { [CEL]: path };
  const proxy = new Proxy(target, {
    get(_, member) {
      if (member === CEL) return path;
      if (member === Symbol.toPrimitive) return () => rendered(path);
      return typeof member === 'symbol' ? undefined : ref(path + access(member));
    },
  });
  return proxy as Ref<T>; // the proxy answers to every member, as the type says of those that are known
}

/** `.name`, or `["name"]` where CEL takes no name, or `[0]`. */
function access(member: string): string {
  if (/^(0|[1-9]\d*)$/.test(member)) return `[${member}]`;
  const isName = /^[A-Za-z_]\w*$/.test(member) && !CEL_RESERVED.has(member);
  return isName ? `.${member}` : `[${JSON.stringify(member)}]`;
}

/** An expression as it stands in a document. */
export const rendered = (cel: string): string => `\${ ${cel} }`;

/** True for a reference or an expression. */
export const isExpr = (value: unknown): value is Expr<unknown> => celOf(value) !== undefined;

/** The CEL of a reference or expression. */
export function celOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !(CEL in value)) return undefined;
  const { [CEL]: cel } = value;
  return typeof cel === 'string' ? cel : undefined;
}

/**
 * Writes an expression that is more than one reference. References stand for themselves, other values become literals:
 * `` cel<boolean>`${dep.licence}.startsWith(${'GPL'})` ``.
 */
export function cel<T = unknown>(strings: TemplateStringsArray, ...values: readonly (Expr<unknown> | Json)[]): Expr<T> {
  const source = strings.map((text, at) => text + (at < values.length ? literal(values[at] ?? null) : '')).join('');
  return { [CEL]: source.trim() };
}

/** JSON is CEL: strings in double quotes with the same escapes, lists, and maps with keys in quotes. */
const literal = (value: Expr<unknown> | Json): string => celOf(value) ?? JSON.stringify(value);

/** Writes text with references in it: `` text`Hello, ${input.name}!` ``. What stands between them is taken as it is. */
export function text(strings: TemplateStringsArray, ...values: readonly (Expr<unknown> | string | number)[]): string {
  return strings.map((each, at) => escaped(each) + (at < values.length ? shown(values[at] ?? '') : '')).join('');
}

/** A dollar sign at the end could make an escape of the `${` that follows: it is written as an expression. */
const escaped = (literalText: string): string =>
  literalText.replaceAll('${', () => '$${').replace(/\$+$/, (dollars) => rendered(JSON.stringify(dollars)));

const shown = (value: Expr<unknown> | string | number): string =>
  typeof value === 'object' ? rendered(value[CEL]) : escaped(String(value));

/** What may stand where a blueprint holds data: JSON with references and expressions in it. */
export type TemplateValue =
  Expr<unknown> | Json | readonly TemplateValue[] | { readonly [member: string]: TemplateValue };

/** The type of the value that a template gives when it is evaluated. */
export type ValueOf<T> =
  T extends Expr<infer Value>
    ? Value
    : T extends readonly (infer Item)[]
      ? readonly ValueOf<Item>[]
      : T extends object
        ? { readonly [K in keyof T]: ValueOf<T[K]> }
        : Widened<T>;

/** A string may hold `${ ... }`, so that its literal type says nothing. */
type Widened<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T;

/** A template as the document holds it. */
export function toTemplate(value: TemplateValue): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map(toTemplate);
  const source = celOf(value);
  if (source !== undefined) return rendered(source);
  const members: readonly (readonly [string, TemplateValue])[] = Object.entries(value);
  return Object.fromEntries(members.map(([member, each]) => [member, toTemplate(each)]));
}

const isList = (value: TemplateValue): value is readonly TemplateValue[] => Array.isArray(value);
