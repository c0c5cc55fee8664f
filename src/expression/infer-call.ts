import type { CelNode } from './cel-node.ts';
import { fault, type Inference } from './inference.ts';
import * as types from './types.ts';
import type { ExpressionType } from './types.ts';

/** A call whose receiver and arguments are inferred already. */
export interface TypedCall {
  readonly node: CelNode;
  readonly name: string;
  readonly receiver: ExpressionType | undefined;
  readonly args: readonly ExpressionType[];
  /** The receiver is a namespace as in `optional.of(x)`. */
  readonly isNamespace: boolean;
}

/** The type of a call that is no macro with a variable: by the declared overloads, or by what `optional` does. */
export function inferCall(inference: Inference, call: TypedCall): ExpressionType {
  if (call.isNamespace) return { kind: 'optional', value: call.args[0] ?? types.DYN };
  if (call.name === 'dyn') return types.DYN;
  if (call.receiver?.kind === 'optional') return optionalCall(call.name, call.receiver.value, call.args);
  const overloads = inference.functions.filter(
    (each) =>
      each.name === call.name &&
      (each.receiver !== undefined) === (call.receiver !== undefined) &&
      each.params.length === call.args.length,
  );
  const fitting = overloads.filter(
    (each) =>
      (each.receiver === undefined || fits(call.receiver ?? types.DYN, each.receiver)) &&
      each.params.every((param, at) => fits(call.args[at] ?? types.DYN, param)),
  );
  if (fitting.length === 0) return fault(inference, call.node, misfit(call));
  const [first, ...others] = fitting.map((each) => typeOfName(each.returns));
  return others.reduce((left, right) => types.unify(left, right), first ?? types.DYN);
}

function optionalCall(name: string, value: ExpressionType, args: readonly ExpressionType[]): ExpressionType {
  switch (name) {
    case 'hasValue':
      return types.BOOL;
    case 'orValue':
      return types.unify(value, args[0] ?? types.DYN);
    case 'value':
      return value;
    default:
      return { kind: 'optional', value: types.DYN };
  }
}

function misfit(call: TypedCall): string {
  const given = call.args.map((arg) => types.describeType(arg)).join(', ') || 'nothing';
  const on = call.receiver === undefined ? '' : ` on ${types.describeType(call.receiver)}`;
  return `"${call.name}" cannot be called${on} with ${given}.`;
}

/** True when a value of this type may be what CEL calls `name`. Any number may be an int, a uint or a double. */
function fits(type: ExpressionType, name: string): boolean {
  const wanted = typeOfName(name);
  return type.kind === 'dyn' || wanted.kind === 'dyn' || type.kind === wanted.kind;
}

const NAMED: Readonly<Record<string, ExpressionType>> = {
  bool: types.BOOL,
  int: types.NUMBER,
  uint: types.NUMBER,
  double: types.NUMBER,
  string: types.STRING,
  bytes: types.BYTES,
  null: types.NULL,
  type: types.TYPE,
  'google.protobuf.Timestamp': types.TIMESTAMP,
  'google.protobuf.Duration': types.DURATION,
};

/** The type that a name of CEL stands for; `dyn` for placeholders and what the product does not use. */
function typeOfName(name: string): ExpressionType {
  if (name.startsWith('list')) return types.listOf(name === 'list<string>' ? types.STRING : types.DYN);
  if (name.startsWith('map')) return types.mapOf(types.DYN);
  if (name.startsWith('optional')) return { kind: 'optional', value: types.DYN };
  return NAMED[name] ?? types.DYN;
}
