import { callOf, nodesOf, type CelNode } from './cel-node.ts';

/** Macros whose first argument names a variable that their other arguments read. */
const BINDING_MACROS: Readonly<Record<string, readonly number[]>> = {
  all: [2],
  exists: [2],
  exists_one: [2],
  filter: [2],
  map: [2, 3],
};

/** A call that gives a name to a value within some of its arguments. */
export interface Binding {
  readonly macro: string;
  readonly name: string;
  /** Evaluated outside, where the name does not hold: the list, or the value of `cel.bind`. */
  readonly source: CelNode;
  /** Evaluated inside. */
  readonly inner: readonly CelNode[];
}

/** The binding that a node makes, if it makes one: `list.map(x, ...)`, `cel.bind(x, value, ...)`. */
export function bindingOf(node: CelNode): Binding | undefined {
  const call = callOf(node);
  if (call?.receiver === undefined) return undefined;
  const [variable, ...rest] = call.args;
  if (variable?.op !== 'id' || typeof variable.args !== 'string') return undefined;
  const [first, ...others] = rest;
  if (isBindCall(call.name, call.receiver) && first !== undefined) {
    return { macro: 'bind', name: variable.args, source: first, inner: others };
  }
  if (BINDING_MACROS[call.name]?.includes(call.args.length) !== true) return undefined;
  return { macro: call.name, name: variable.args, source: call.receiver, inner: rest };
}

const isBindCall = (name: string, receiver: CelNode): boolean =>
  name === 'bind' && receiver.op === 'id' && receiver.args === 'cel';

/** The nodes that stand below a node as it was written, without what macros were expanded to. */
export const childrenOf = (node: CelNode): readonly CelNode[] => {
  const call = callOf(node);
  if (call === undefined) return nodesOf(node.args);
  return call.receiver === undefined ? call.args : [call.receiver, ...call.args];
};

/** The member that an access names when it is known before evaluation: `.name` or `["name"]`. */
export function memberOf(node: CelNode): { readonly of: CelNode; readonly name: string } | undefined {
  if (!Array.isArray(node.args)) return undefined;
  const parts: readonly unknown[] = node.args;
  const [of, member] = parts;
  const [target] = nodesOf(of);
  if (target === undefined) return undefined;
  if (node.op === '.' || node.op === '.?') return typeof member === 'string' ? { of: target, name: member } : undefined;
  if (node.op !== '[]' && node.op !== '[?]') return undefined;
  const [index] = nodesOf(member);
  return index?.op === 'value' && typeof index.args === 'string' ? { of: target, name: index.args } : undefined;
}
