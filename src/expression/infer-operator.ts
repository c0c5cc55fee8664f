import { nodesOf, type CelNode } from './cel-node.ts';
import { fault, textOf, type Inference } from './inference.ts';
import * as types from './types.ts';
import type { ExpressionType } from './types.ts';

const ORDERED: ReadonlySet<string> = new Set(['number', 'string', 'bool', 'timestamp', 'duration']);
const SCALARS: ReadonlySet<string> = new Set(['number', 'string', 'bool']);

/** The type of an operation on operands whose types are inferred already. */
export function inferOperator(
  inference: Inference,
  node: CelNode,
  operands: readonly ExpressionType[],
): ExpressionType {
  const [first = types.DYN, second = types.DYN, third = types.DYN] = operands;
  switch (node.op) {
    case '?:':
      mustBe(inference, node, { operand: 0, type: first, wanted: types.BOOL });
      return types.unify(second, third);
    case '||':
    case '&&':
      mustBe(inference, node, { operand: 0, type: first, wanted: types.BOOL });
      mustBe(inference, node, { operand: 1, type: second, wanted: types.BOOL });
      return types.BOOL;
    case '!_':
      mustBe(inference, node, { operand: 0, type: first, wanted: types.BOOL });
      return types.BOOL;
    case '-_':
      mustBe(inference, node, { operand: 0, type: first, wanted: types.NUMBER });
      return types.NUMBER;
    case '==':
    case '!=':
      return equality(inference, node, [first, second]);
    case 'in':
      return membership(inference, node, second);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordering(inference, node, [first, second]);
    default:
      return arithmetic(inference, node, [first, second]);
  }
}

type Pair = readonly [ExpressionType, ExpressionType];

function mustBe(
  inference: Inference,
  node: CelNode,
  at: { readonly operand: number; readonly type: ExpressionType; readonly wanted: ExpressionType },
): void {
  if (at.type.kind === 'dyn' || at.type.kind === at.wanted.kind) return;
  const operand = nodesOf(node.args)[at.operand] ?? node;
  const found = types.describeType(at.type);
  fault(
    inference,
    operand,
    `"${textOf(inference, operand)}" is ${found}, but ${types.describeType(at.wanted)} is needed here.`,
  );
}

function equality(inference: Inference, node: CelNode, [left, right]: Pair): ExpressionType {
  if (left.kind !== right.kind && SCALARS.has(left.kind) && SCALARS.has(right.kind)) {
    const message = `${types.describeType(left)} is never equal to ${types.describeType(right)}.`;
    fault(inference, node, message.charAt(0).toUpperCase() + message.slice(1));
  }
  return types.BOOL;
}

function membership(inference: Inference, node: CelNode, right: ExpressionType): ExpressionType {
  if (!['dyn', 'list', 'object'].includes(right.kind)) {
    fault(inference, node, `"in" looks into a list or an object, and this is ${types.describeType(right)}.`);
  }
  return types.BOOL;
}

function ordering(inference: Inference, node: CelNode, [left, right]: Pair): ExpressionType {
  const isKnown = left.kind !== 'dyn' && right.kind !== 'dyn';
  const cannot = [left, right].find((type) => type.kind !== 'dyn' && !ORDERED.has(type.kind));
  if (cannot !== undefined || (isKnown && left.kind !== right.kind)) wrongOperands(inference, node, [left, right]);
  return types.BOOL;
}

function arithmetic(inference: Inference, node: CelNode, [left, right]: Pair): ExpressionType {
  if (left.kind === 'dyn' && right.kind === 'dyn') return node.op === '+' || node.op === '-' ? types.DYN : types.NUMBER;
  const result = results(node.op, left, right);
  return result ?? wrongOperands(inference, node, [left, right]);
}

/** The type of a sum, difference, ...; undefined when there is no such operation. */
function results(op: string, left: ExpressionType, right: ExpressionType): ExpressionType | undefined {
  const isEither = (kind: string): boolean =>
    (left.kind === kind || left.kind === 'dyn') && (right.kind === kind || right.kind === 'dyn');
  if (isEither('number')) return types.NUMBER;
  if (op === '+') {
    if (isEither('string')) return types.STRING;
    if (isEither('bytes')) return types.BYTES;
    if (isEither('list')) return types.unify(left, right);
  }
  return op === '+' || op === '-' ? timeResult(op, left, right) : undefined;
}

function timeResult(op: string, left: ExpressionType, right: ExpressionType): ExpressionType | undefined {
  const kinds = [left.kind, right.kind].filter((kind) => kind !== 'dyn');
  if (kinds.some((kind) => kind !== 'timestamp' && kind !== 'duration')) return undefined;
  if (kinds.length < 2) return types.DYN;
  if (left.kind === right.kind) return op === '+' && left.kind === 'timestamp' ? undefined : types.DURATION;
  return op === '-' && left.kind === 'duration' ? undefined : types.TIMESTAMP;
}

function wrongOperands(inference: Inference, node: CelNode, [left, right]: Pair): ExpressionType {
  const hint = left.kind === 'string' || right.kind === 'string' ? ' string(...) makes text of a number.' : '';
  const message = `${node.op} cannot work on ${types.describeType(left)} and ${types.describeType(right)}.${hint}`;
  return fault(inference, node, message);
}
