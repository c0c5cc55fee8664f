import { callOf, nodesOf, type Call, type CelNode } from './cel-node.ts';
import { LINEAR_MATCHES } from './guard.ts';
import { inferCall } from './infer-call.ts';
import { inferOperator } from './infer-operator.ts';
import { fault, textOf, type Inference } from './inference.ts';
import { CEL_CONSTANTS } from './references.ts';
import { bindingOf, memberOf, type Binding } from './scope.ts';
import * as types from './types.ts';
import type { ExpressionType } from './types.ts';

/** Names that macros of the expression itself give. */
type Locals = Readonly<Record<string, ExpressionType>>;

/** The type of a tree; faults are gathered on the way. */
export function infer(inference: Inference, node: CelNode, locals: Locals): ExpressionType {
  switch (node.op) {
    case 'value':
      return literalType(node.args);
    case 'id':
      return rootType(inference, node, locals);
    case '.':
    case '.?':
    case '[]':
    case '[?]':
      return accessType(inference, node, locals);
    case 'list':
      return types.listOf(unifyAll(nodesOf(node.args).map((part) => infer(inference, part, locals))));
    case 'map':
      return mapType(inference, nodesOf(node.args), locals);
    case 'call':
    case 'rcall':
      return callType(inference, node, locals);
    default:
      return inferOperator(
        inference,
        node,
        nodesOf(node.args).map((part) => infer(inference, part, locals)),
      );
  }
}

function literalType(value: unknown): ExpressionType {
  if (value === null) return types.NULL;
  if (value instanceof Uint8Array) return types.BYTES;
  if (typeof value === 'string') return types.STRING;
  return typeof value === 'boolean' ? types.BOOL : types.NUMBER;
}

function rootType(inference: Inference, node: CelNode, locals: Locals): ExpressionType {
  const name = String(node.args);
  const { roots } = inference.scope;
  if (Object.hasOwn(locals, name)) return locals[name] ?? types.DYN;
  if (Object.hasOwn(roots, name)) return roots[name] ?? types.DYN;
  if (CEL_CONSTANTS.has(name)) return name === 'google' ? types.DYN : types.TYPE;
  return fault(inference, node, `There is no "${name}" here; there are: ${listed(Object.keys(roots))}.`);
}

function accessType(inference: Inference, node: CelNode, locals: Locals): ExpressionType {
  const isOptional = node.op === '.?' || node.op === '[?]';
  const wrap = (type: ExpressionType): ExpressionType => (isOptional ? { kind: 'optional', value: type } : type);
  const [target, index] = nodesOf(node.args);
  if (target === undefined) return types.DYN;
  const outer = infer(inference, target, locals);
  const of = outer.kind === 'optional' ? outer.value : outer;
  const indexType = index === undefined ? types.STRING : infer(inference, index, locals);
  const inner = of.kind === 'list' ? itemType(inference, node, { of, indexType }) : undefined;
  const type =
    inner ?? memberTypeAt(inference, node, { of, target, isOptional: isOptional || outer.kind === 'optional' });
  return outer.kind === 'optional' && !isOptional ? { kind: 'optional', value: type } : wrap(type);
}

function itemType(
  inference: Inference,
  node: CelNode,
  at: { readonly of: { readonly items: ExpressionType }; readonly indexType: ExpressionType },
): ExpressionType {
  if (at.indexType.kind === 'number' || at.indexType.kind === 'dyn') return at.of.items;
  return fault(inference, node, `A list has no members by name: read an item by its number, or use map or filter.`);
}

function memberTypeAt(
  inference: Inference,
  node: CelNode,
  at: { readonly of: ExpressionType; readonly target: CelNode; readonly isOptional: boolean },
): ExpressionType {
  const name = memberOf(node)?.name;
  const where = textOf(inference, at.target);
  if (at.of.kind === 'dyn' || at.of.kind === 'null') return types.DYN;
  if (at.of.kind !== 'object')
    return fault(inference, node, `"${where}" is ${types.describeType(at.of)}: it has no members.`);
  if (name === undefined) return at.of.rest ?? unifyAll(Object.values(at.of.members));
  const type = types.memberType(at.of, name);
  if (type !== undefined || at.isOptional) return type ?? types.DYN;
  const known = Object.keys(at.of.members);
  const hint = known.length === 0 ? 'it has none' : `it has: ${listed(known)}`;
  return fault(inference, node, `"${where}" has no member "${name}"; ${hint}.`);
}

const MAX_LISTED = 10;
const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ', ...' : '');

function mapType(inference: Inference, parts: readonly CelNode[], locals: Locals): ExpressionType {
  const members: (readonly [string, ExpressionType])[] = [];
  let rest: ExpressionType | undefined;
  for (const [at, key] of parts.entries()) {
    const value = parts[at + 1];
    if (at % 2 === 1 || value === undefined) continue;
    infer(inference, key, locals);
    const type = infer(inference, value, locals);
    if (key.op === 'value') members.push([String(key.args), type]);
    else rest = types.DYN;
  }
  return { ...types.closedObject(Object.fromEntries(members)), rest };
}

function callType(inference: Inference, node: CelNode, locals: Locals): ExpressionType {
  const binding = bindingOf(node);
  if (binding !== undefined) return bindingType(inference, binding, locals);
  const call = callOf(node);
  if (call === undefined) return types.DYN;
  if (call.name === 'has') return hasType(inference, call, locals);
  const isNamespace = call.receiver?.op === 'id' && call.receiver.args === 'optional';
  const receiver = call.receiver === undefined || isNamespace ? undefined : infer(inference, call.receiver, locals);
  const args = call.args.map((arg) => infer(inference, arg, locals));
  const name = call.name === LINEAR_MATCHES ? 'matches' : call.name;
  return inferCall(inference, { node, name, receiver, args, isNamespace });
}

/** `has(a.b)` asks whether there is a `b`: only `a` must be known. */
function hasType(inference: Inference, call: Call, locals: Locals): ExpressionType {
  const target = call.args[0] === undefined ? undefined : memberOf(call.args[0]);
  if (target !== undefined) infer(inference, target.of, locals);
  return types.BOOL;
}

function bindingType(inference: Inference, binding: Binding, locals: Locals): ExpressionType {
  const source = infer(inference, binding.source, locals);
  const item = binding.macro === 'bind' ? source : iteratedType(inference, binding.source, source);
  const results = binding.inner.map((part) => infer(inference, part, { ...locals, [binding.name]: item }));
  const last = results.at(-1) ?? types.DYN;
  switch (binding.macro) {
    case 'bind':
      return last;
    case 'map':
      return types.listOf(last);
    case 'filter':
      return types.listOf(item);
    default:
      return types.BOOL;
  }
}

function iteratedType(inference: Inference, node: CelNode, source: ExpressionType): ExpressionType {
  if (source.kind === 'list') return source.items;
  if (source.kind === 'object') return types.STRING;
  if (source.kind === 'dyn') return types.DYN;
  return fault(inference, node, `"${textOf(inference, node)}" is ${types.describeType(source)}, and no list.`);
}

const unifyAll = (all: readonly ExpressionType[]): ExpressionType =>
  all.length === 0 ? types.DYN : all.reduce((left, right) => types.unify(left, right));
