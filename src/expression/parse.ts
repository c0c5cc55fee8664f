import { escapeToken } from '../core/json-pointer.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { compileExpression, type CompiledExpression } from './evaluate.ts';
import { splitText } from './interpolate.ts';
import { MAX_TEXT_LENGTH } from './meter.ts';
import type {
  CompiledTemplate,
  Evaluated,
  EvaluationContext,
  EvaluationFailure,
  ExpressionFault,
  Reference,
  TemplateFault,
} from './template.ts';

/** The deepest nesting of lists and objects in a template. */
export const MAX_TEMPLATE_DEPTH = 64;

/** A template, taken apart. */
type Part =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: CompiledExpression }
  | { readonly kind: 'text'; readonly pieces: readonly (string | CompiledExpression)[] }
  | { readonly kind: 'list'; readonly parts: readonly Part[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Part])[] };

/** Parses an expression: bare CEL, or one `${ ... }` around it. */
export function parseExpression(source: string): Result<CompiledTemplate, ExpressionFault[]> {
  const bare = bareExpression(source);
  if (!bare.ok) return err([bare.error]);
  const compiled = compileExpression(bare.value);
  return compiled.ok ? ok(toTemplate({ kind: 'expression', expression: compiled.value })) : err([compiled.error]);
}

/** The CEL of an expression, with the `${ }` around it taken off: two ways to write the same. */
export function bareExpression(source: string): Result<string, ExpressionFault> {
  const trimmed = source.trim();
  if (!trimmed.startsWith('${')) return ok(trimmed);
  const segments = splitText(trimmed);
  if (!segments.ok) return segments;
  const [only, ...others] = segments.value;
  if (only !== undefined && 'expression' in only && others.length === 0) return ok(only.expression.trim());
  const message = 'This must be one expression: bare, or in one ${ }. Text cannot stand beside it.';
  return err({ message, expression: trimmed, start: 0, end: trimmed.length });
}

/**
 * Parses a value whose strings may hold `${ ... }`. A string that is one `${ ... }` keeps the value's type; inside a
 * longer string a value becomes text: strings as they are, everything else as JSON.
 */
export function parseTemplate(value: Json): Result<CompiledTemplate, TemplateFault[]> {
  const faults: TemplateFault[] = [];
  const part = parsePart(value, { pointer: '', depth: 0 }, faults);
  return faults.length === 0 ? ok(toTemplate(part)) : err(faults);
}

interface Place {
  readonly pointer: string;
  readonly depth: number;
}

const constant = (value: Json): Part => ({ kind: 'constant', value });

function parsePart(value: Json, { pointer, depth }: Place, faults: TemplateFault[]): Part {
  if (typeof value === 'string') return parseText(value, pointer, faults);
  if (typeof value !== 'object' || value === null) return constant(value);
  if (depth >= MAX_TEMPLATE_DEPTH) {
    const message = `This is nested ${depth + 1} deep; ${MAX_TEMPLATE_DEPTH} are allowed.`;
    faults.push({ message, expression: '', start: 0, end: 0, pointer });
    return constant(null);
  }
  if (!isJsonObject(value)) {
    const parts = value.map((each, at) => parsePart(each, { pointer: `${pointer}/${at}`, depth: depth + 1 }, faults));
    return parts.every((part) => part.kind === 'constant')
      ? constant(parts.map((part) => part.value))
      : { kind: 'list', parts };
  }
  const members = Object.entries(value).map(([key, each]) => {
    const place = { pointer: `${pointer}/${escapeToken(key)}`, depth: depth + 1 };
    return [key, parsePart(each, place, faults)] as const;
  });
  const constants = members.flatMap(([key, part]) => (part.kind === 'constant' ? [[key, part.value] as const] : []));
  return constants.length === members.length ? constant(Object.fromEntries(constants)) : { kind: 'object', members };
}

function parseText(source: string, pointer: string, faults: TemplateFault[]): Part {
  if (!source.includes('${')) return constant(source);
  const segments = splitText(source);
  if (!segments.ok) {
    faults.push({ ...segments.error, pointer });
    return constant(null);
  }
  const pieces: (string | CompiledExpression)[] = [];
  for (const segment of segments.value) {
    if ('text' in segment) {
      pieces.push(segment.text);
      continue;
    }
    const compiled = compileExpression(segment.expression);
    if (compiled.ok) pieces.push(compiled.value);
    else faults.push({ ...compiled.error, pointer });
  }
  const [only, ...others] = pieces;
  if (only === undefined || others.length > 0) return { kind: 'text', pieces };
  return typeof only === 'string' ? constant(only) : { kind: 'expression', expression: only };
}

function toTemplate(part: Part): CompiledTemplate {
  const references = new Map<string, Reference>();
  for (const expression of expressionsOf(part)) {
    for (const each of expression.references) references.set(JSON.stringify([each.root, each.path]), each);
  }
  const base = { references: [...references.values()], constant: part.kind === 'constant' };
  if (part.kind === 'constant') {
    const answer = ok(part.value);
    return { ...base, evaluate: () => answer };
  }
  if (part.kind === 'expression') {
    const { expression } = part;
    const evaluate = (context: EvaluationContext): Evaluated => expression.evaluate(context);
    return expression.identity === undefined
      ? { ...base, evaluate }
      : { ...base, evaluate, identity: expression.identity };
  }
  return { ...base, evaluate: (context) => evaluatePart(part, context) };
}

function evaluatePart(part: Part, context: EvaluationContext): Evaluated {
  switch (part.kind) {
    case 'constant':
      return ok(part.value);
    case 'expression':
      return part.expression.evaluate(context);
    case 'text':
      return evaluateText(part.pieces, context);
    case 'list': {
      const values = evaluateAll(part.parts, context);
      return values.ok ? ok(values.value) : values;
    }
    case 'object': {
      const values = evaluateAll(
        part.members.map(([, member]) => member),
        context,
      );
      // fromEntries defines members and never runs the setter of __proto__.
      return values.ok
        ? ok(Object.fromEntries(part.members.map(([key], at) => [key, values.value[at] ?? null])))
        : values;
    }
  }
}

function evaluateAll(parts: readonly Part[], context: EvaluationContext): Result<Json[], EvaluationFailure> {
  const values: Json[] = [];
  for (const part of parts) {
    const evaluated = evaluatePart(part, context);
    if (!evaluated.ok) return evaluated;
    values.push(evaluated.value);
  }
  return ok(values);
}

function evaluateText(pieces: readonly (string | CompiledExpression)[], context: EvaluationContext): Evaluated {
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      continue;
    }
    const evaluated = piece.evaluate(context);
    if (!evaluated.ok) return evaluated;
    text += typeof evaluated.value === 'string' ? evaluated.value : JSON.stringify(evaluated.value);
    if (text.length > MAX_TEXT_LENGTH) {
      const message = `The text has ${text.length} characters; ${MAX_TEXT_LENGTH} are allowed.`;
      return err({ message, expression: piece.source });
    }
  }
  return ok(text);
}

function expressionsOf(part: Part): readonly CompiledExpression[] {
  switch (part.kind) {
    case 'constant':
      return [];
    case 'expression':
      return [part.expression];
    case 'text':
      return part.pieces.filter((piece) => typeof piece !== 'string');
    case 'list':
      return part.parts.flatMap(expressionsOf);
    case 'object':
      return part.members.flatMap(([, member]) => expressionsOf(member));
  }
}
