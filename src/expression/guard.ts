import { ParseError } from '@marcbachmann/cel-js';
import { callOf, nodesOf, walkTree, type CelEvaluator, type CelNode, type Handle } from './cel-node.ts';
import { LimitReached, type Meter } from './meter.ts';
import { memberOf } from './scope.ts';

/** The library's own `matches` backtracks; calls of it are led to the linear one of `cel.ts` under this name. */
export const LINEAR_MATCHES = 'linearMatches';

/** Its pattern for durations takes cubic time on long digits. */
const MAX_DURATION_LENGTH = 64;

/** Converting to a named time zone takes about as long as this many steps. */
const TIME_ZONE_STEPS = 500;

/** To be done before a tree is type-checked. `functions` are the names that expressions may call. */
export function rewriteTree(root: CelNode, functions: ReadonlySet<string>): void {
  walkTree(root, (node) => {
    const call = callOf(node);
    if (call !== undefined && !functions.has(call.name)) {
      const message = `There is no function "${call.name}".`;
      throw new ParseError({ code: 'unknown_function', message, range: { start: node.start, end: node.end } });
    }
    if (node.op === 'rcall' && call?.name === 'matches') {
      node.args = [LINEAR_MATCHES, call.receiver, call.args];
    }
    if (node.op === '?:') allowMixedBranches(node);
  });
}

/** `found ? nodes.a.output : null` is what people write: branches of different types give `dyn` and no fault. */
function allowMixedBranches(node: CelNode): void {
  const check = node.meta.check;
  node.setMeta('check', (checker: { readonly dynType: unknown }, self: unknown, context: unknown) => {
    try {
      return check(checker, self, context);
    } catch (error) {
      const isMixed = error instanceof Error && 'code' in error && error.code === 'incompatible_ternary_branches';
      if (isMixed) return checker.dynType;
      throw error;
    }
  });
}

/** To be done after a tree is type-checked: operations whose work grows with their operands pay for it. */
export function guardTree(root: CelNode, meter: Meter): void {
  walkTree(root, (node) => {
    const handle = node.handle;
    if (handle !== undefined) node.handle = guarded(node, handle, meter);
    if (node.op === 'map') node.setMeta('evaluate', mapEvaluation(nodesOf(node.args)));
  });
}

/** The library leaves out members named `constructor` and `prototype` without a word. `parts` are key, value, key, ... */
const mapEvaluation =
  (parts: readonly CelNode[]) =>
  (evaluator: CelEvaluator, _node: CelNode, context: unknown): object => {
    const values = parts.map((part) => evaluator.run(part, context));
    const entries = values.flatMap((key, at) => (at % 2 === 0 ? [[String(key), values[at + 1]] as const] : []));
    return Object.fromEntries(entries); // defines members and never runs the setter of __proto__
  };

function guarded(node: CelNode, handle: Handle, meter: Meter): Handle {
  switch (node.op) {
    case '+':
      return (left, right, ...rest) => {
        spendJoin(left, right, meter);
        return handle(left, right, ...rest);
      };
    case '==':
    case '!=':
      return (left, right, ...rest) => {
        spendComparison(left, right, meter);
        return handle(left, right, ...rest);
      };
    case 'in':
      return (left, right, ...rest) => {
        if (Array.isArray(right)) for (const each of right) spendComparison(left, each, meter);
        return handle(left, right, ...rest);
      };
    case 'call':
    case 'rcall':
      return guardedCall(callOf(node)?.name ?? '', handle, meter);
    case 'comprehension':
      return (items, second, ...rest) => handle(listed(items, meter), second, ...rest);
    case '.':
    case '[]':
      return guardedAccess(node, handle);
    default:
      return handle;
  }
}

/** Below the null output of a skipped node there is null, and a node that did not fail has a failure of null. */
function guardedAccess(node: CelNode, handle: Handle): Handle {
  const access = accessOf(node);
  const isOfNode = access?.root === 'nodes';
  const isBelowNull = isOfNode && access.depth > 2;
  const mayBeAbsent = isOfNode && access.depth === 2 && memberOf(node)?.name === 'failure';
  return (left, member, ...rest) => {
    // Asked first: the library takes an object with a member named `constructor` for a class that it does not know.
    if (typeof member === 'string' && isMap(left) && Object.hasOwn(left, member) && left[member] !== undefined) {
      return left[member];
    }
    if (isBelowNull && left === null) return null;
    if (mayBeAbsent && isMap(left)) return null;
    return handle(isMap(left) && Object.hasOwn(left, 'constructor') ? NO_MEMBERS : left, member, ...rest);
  };
}

/** Stands for an object that has not the member: the library then says so. */
const NO_MEMBERS: object = Object.freeze({});

/** Which root a chain of accesses starts from, and how many there are: 3 in `nodes.fetch.output[0]`. */
function accessOf(node: CelNode): { readonly root: unknown; readonly depth: number } | undefined {
  let depth = 0;
  let current: CelNode | undefined = node;
  while (current?.op === '.' || current?.op === '[]') {
    depth += 1;
    [current] = nodesOf(current.args);
  }
  return current?.op === 'id' ? { root: current.args, depth } : undefined;
}

function guardedCall(name: string, handle: Handle, meter: Meter): Handle {
  return (args, second, ...rest) => {
    if (Array.isArray(args)) spendCall(name, args, meter);
    const result = handle(args, second, ...rest);
    if (typeof result === 'string') meter.spendText(result.length);
    else if (Array.isArray(result)) meter.spend(result.length);
    return result;
  };
}

function spendCall(name: string, args: readonly unknown[], meter: Meter): void {
  const [receiver] = args;
  if (name === 'duration' && typeof receiver === 'string' && receiver.length > MAX_DURATION_LENGTH) {
    throw new LimitReached(`A duration is written in at most ${MAX_DURATION_LENGTH} characters.`);
  }
  if (receiver instanceof Date && args.length === 2) meter.spend(TIME_ZONE_STEPS);
  for (const arg of args) {
    if (typeof arg === 'string') meter.spendText(arg.length);
    else if (arg instanceof Uint8Array) meter.spend(arg.length);
    else if (name === 'size' && isMap(arg)) meter.spend(Object.keys(arg).length);
  }
  if (name === 'size' && typeof receiver === 'string') meter.spend(receiver.length / 8);
  if (name === 'join' && Array.isArray(receiver)) spendAll(receiver, meter);
}

function spendAll(texts: readonly unknown[], meter: Meter): void {
  let length = 0;
  for (const text of texts) length += typeof text === 'string' ? text.length : 0;
  meter.spend(texts.length);
  meter.spendText(length);
}

function spendJoin(left: unknown, right: unknown, meter: Meter): void {
  if (typeof left === 'string' && typeof right === 'string') meter.spendText(left.length + right.length);
  else if (Array.isArray(left) && Array.isArray(right)) meter.spend(left.length + right.length);
}

function spendComparison(left: unknown, right: unknown, meter: Meter): void {
  meter.spend(1);
  if (typeof left === 'string' && typeof right === 'string') {
    meter.spendText(Math.min(left.length, right.length));
  } else if (Array.isArray(left) && Array.isArray(right)) {
    if (left.length === right.length) left.forEach((each, at) => spendComparison(each, right[at], meter));
  } else if (isMap(left) && isMap(right)) {
    for (const [key, value] of Object.entries(left)) spendComparison(value, right[key], meter);
  }
}

/** The keys of a map are listed anew by each comprehension over it. */
function listed(items: unknown, meter: Meter): unknown {
  if (!isMap(items)) return items;
  const keys = Object.keys(items);
  meter.spend(keys.length);
  return keys;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
