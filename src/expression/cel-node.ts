/** One operation of a parsed expression, carried out on operands that are evaluated already. */
export type Handle = (first: unknown, second: unknown, ...rest: readonly unknown[]) => unknown;

/** A type check of the library; what it answers with is the library's own. */
type Check = (checker: { readonly dynType: unknown }, node: unknown, context: unknown) => unknown;

/**
 * A node of the library's tree. `op`, `args`, `start` and `end` are documented; `meta`, `setMeta` and `handle` are not,
 * and the bounds of `guard.ts` rely on them: the package's version is exact, and the bounds have tests.
 */
export interface CelNode {
  readonly op: string;
  args: unknown;
  readonly start: number;
  readonly end: number;
  readonly meta: { readonly alternate?: unknown; readonly check: Check };
  setMeta(key: string, value: unknown): unknown;
  evaluate(evaluator: CelEvaluator, node: CelNode, context: unknown): unknown;
  handle?: Handle;
}

/** The library's evaluator: its entries can be replaced. */
export interface CelEvaluator {
  run(node: CelNode, context: unknown): unknown;
  /** As `run`, but what is thrown becomes the value. */
  tryEval(node: CelNode, context: unknown): unknown;
  /** The type of a value by its class. */
  debugType(value: unknown): unknown;
  readonly mapType: unknown;
}

/** True for the library's evaluator. */
export const isCelEvaluator = (value: unknown): value is CelEvaluator =>
  typeof value === 'object' && value !== null && 'run' in value && 'tryEval' in value && 'debugType' in value;

/** True for a node of the library's tree. */
export const isCelNode = (value: unknown): value is CelNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'setMeta' in value && 'meta' in value;

/** Visits a tree with all that macros were expanded to, each node once; without recursion, as trees may be deep. */
export function walkTree(root: CelNode, visit: (node: CelNode) => void): void {
  const seen = new Set<CelNode>();
  const open: unknown[] = [root];
  while (open.length > 0) {
    const next = open.pop();
    if (Array.isArray(next)) {
      for (const each of next) open.push(each);
    } else if (isCelNode(next)) {
      if (seen.has(next)) continue;
      seen.add(next);
      visit(next);
      open.push(next.args, next.meta.alternate);
    } else if (isParts(next)) {
      open.push(Object.values(next));
    }
  }
}

/** The parts of an expanded macro stand in a plain object. */
const isParts = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The parts of a call: `name(args)`, or `receiver.name(args)`. */
export interface Call {
  readonly name: string;
  readonly receiver: CelNode | undefined;
  readonly args: readonly CelNode[];
}

/** The call that a node is, if it is one. */
export function callOf(node: CelNode): Call | undefined {
  if (!Array.isArray(node.args)) return undefined;
  const parts: readonly unknown[] = node.args;
  const [name, second, third] = parts;
  if (typeof name !== 'string') return undefined;
  if (node.op === 'call') return { name, receiver: undefined, args: nodesOf(second) };
  if (node.op === 'rcall' && isCelNode(second)) return { name, receiver: second, args: nodesOf(third) };
  return undefined;
}

/** The nodes among the parts of another, at any depth of lists. */
export const nodesOf = (args: unknown): readonly CelNode[] =>
  isCelNode(args) ? [args] : Array.isArray(args) ? args.flatMap(nodesOf) : [];
