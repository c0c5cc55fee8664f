import { escapeToken } from '../core/json-pointer.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { describeError } from './cel.ts';
import { productCel } from './evaluate.ts';
import { infer } from './infer.ts';
import type { Inference } from './inference.ts';
import { splitText } from './interpolate.ts';
import { bareExpression } from './parse.ts';
import type { ExpressionFault, TemplateFault } from './template.ts';
import * as types from './types.ts';
import type { ExpressionType, TypeScope } from './types.ts';

/** Type-checks an expression (bare, or in one `${ }`) against what it may read; answers with the type of its value. */
export function checkExpression(source: string, scope: TypeScope): Result<ExpressionType, ExpressionFault[]> {
  const bare = bareExpression(source);
  return bare.ok ? checkBare(bare.value, scope) : err([bare.error]);
}

function checkBare(source: string, scope: TypeScope): Result<ExpressionType, ExpressionFault[]> {
  const expression = source.trim();
  try {
    const program = productCel.parse(expression);
    const inference: Inference = { source: expression, scope, functions: productCel.functions, faults: [] };
    const type = infer(inference, program.root, {});
    return inference.faults.length === 0 ? ok(type) : err(inference.faults);
  } catch (error) {
    const problem = describeError(error, expression);
    const { message, start = 0, end = expression.length } = problem;
    return err([{ message, expression, start, end }]);
  }
}

/** The type of a template's value, and everything that cannot be right in it. */
export interface CheckedTemplate {
  readonly type: ExpressionType;
  readonly faults: readonly TemplateFault[];
}

/** Type-checks all expressions of a template; the type is known as far as they let it. */
export function checkTemplate(value: Json, scope: TypeScope, pointer = ''): CheckedTemplate {
  if (typeof value === 'string') return checkText(value, scope, pointer);
  if (typeof value !== 'object' || value === null) return { type: scalarType(value), faults: [] };
  if (!isJsonObject(value)) {
    const parts = value.map((each, at) => checkTemplate(each, scope, `${pointer}/${at}`));
    const [first = types.DYN, ...others] = parts.map((part) => part.type);
    const items = others.reduce((left, right) => types.unify(left, right), first);
    return { type: types.listOf(items), faults: parts.flatMap((part) => part.faults) };
  }
  const parts = Object.entries(value).map(([name, each]) => {
    const place = `${pointer}/${escapeToken(name)}`;
    return [name, checkTemplate(each, scope, place)] as const;
  });
  const members = Object.fromEntries(parts.map(([name, part]) => [name, part.type]));
  return { type: types.closedObject(members), faults: parts.flatMap(([, part]) => part.faults) };
}

const scalarType = (value: null | boolean | number): ExpressionType =>
  value === null ? types.NULL : typeof value === 'boolean' ? types.BOOL : types.NUMBER;

function checkText(text: string, scope: TypeScope, pointer: string): CheckedTemplate {
  const segments = splitText(text);
  if (!segments.ok) return { type: types.STRING, faults: [{ ...segments.error, pointer }] };
  const checked = segments.value.flatMap((each) => ('expression' in each ? [checkBare(each.expression, scope)] : []));
  const faults = checked.flatMap((each) => (each.ok ? [] : each.error)).map((each) => ({ ...each, pointer }));
  const [only] = checked;
  if (segments.value.length > 1 || only === undefined) return { type: types.STRING, faults };
  return { type: only.ok ? only.value : types.DYN, faults };
}
