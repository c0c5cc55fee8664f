import type { Json } from '../core/json.ts';

/**
 * What an expression reads: `input.name`, `nodes.fetch.output.url`, `nodes.fetch.failure.message`, or a local name of a
 * loop (`dep`, `index`). `path` holds the members that are known when it is parsed, e.g. `['fetch', 'output', 'url']`.
 */
export interface Reference {
  readonly root: string;
  readonly path: readonly string[];
}

/** The values that an expression may read, by root name: `{ input, nodes: { fetch: { output } }, dep, index }`. */
export type EvaluationContext = Readonly<Record<string, unknown>>;

/** Why a text is no expression, or why its types cannot fit. */
export interface ExpressionFault {
  readonly message: string;
  /** The expression as it was written, without `${ }`. */
  readonly expression: string;
  /** Place in `expression`, in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** A fault in one string of a template. */
export interface TemplateFault extends ExpressionFault {
  /** JSON Pointer (RFC 6901) from the template's root; empty for the root. */
  readonly pointer: string;
}

/** Why an evaluation has no value. */
export interface EvaluationFailure {
  readonly message: string;
  /** The expression as it was written. */
  readonly expression: string;
}

export type Evaluated =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly error: EvaluationFailure };

/** A parsed expression or template: pure, reusable, evaluated within a bounded number of steps. */
export interface CompiledTemplate {
  readonly references: readonly Reference[];
  evaluate(context: EvaluationContext): Evaluated;
  /** Present when the template is exactly one reference, so that its value can be passed on without being read. */
  readonly identity?: Reference;
  /** True when it holds no expression: `evaluate` answers with the value as written. */
  readonly constant: boolean;
}
