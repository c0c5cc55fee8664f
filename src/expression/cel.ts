import {
  Environment,
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
  type ParseResult,
} from '@marcbachmann/cel-js';
import { isCelEvaluator, isCelNode, type CelEvaluator, type CelNode } from './cel-node.ts';
import { guardTree, LINEAR_MATCHES, rewriteTree } from './guard.ts';
import { compileLinearRegex, isCompiled } from './linear-regex.ts';
import { createMeter, LimitReached, type Meter } from './meter.ts';

/** A CEL expression that was parsed and type-checked and has its bounds built in. */
export interface CelProgram {
  readonly root: CelNode;
  /** Throws what `describeError` explains. */
  run(context: object): unknown;
}

/** The CEL of the product: the library, its numbers made those of JSON, and its open ends bounded. */
export interface Cel {
  readonly meter: Meter;
  /** Throws what `describeError` explains. */
  parse(source: string): CelProgram;
  /** Every function that expressions may call. */
  readonly functions: readonly CelFunction[];
}

/** A function as its overload declares it, in CEL's names of types. */
export interface CelFunction {
  readonly name: string;
  readonly receiver: string | undefined;
  readonly params: readonly string[];
  readonly returns: string;
}

const SYNC = { async: false } as const;
/** The macro by which the library hands out its evaluator; it is no part of the language. */
const CAPTURE = 'captureEvaluator';

const LIMITS = { maxAstNodes: 10_000, maxDepth: 100 };

export function createCel(maxSteps?: number): Cel {
  const meter = createMeter(maxSteps);
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: LIMITS,
  });
  registerNumbers(environment);
  registerRegex(environment, meter);
  boundEvaluator(captureEvaluator(environment), meter);
  const functions = functionsOf(environment);
  const names = new Set(functions.map((each) => each.name));
  return { meter, functions, parse: (source) => parseProgram(environment.parse(source), { names, meter }) };
}

function parseProgram(
  parsed: ParseResult,
  { names, meter }: { readonly names: ReadonlySet<string>; readonly meter: Meter },
): CelProgram {
  // The documented type of the tree leaves out what the bounds need.
  const root: unknown = parsed.ast;
  if (!isCelNode(root)) throw new Error('The CEL library answered with a tree of another shape.');
  rewriteTree(root, names);
  const checked = parsed.check();
  if (!checked.valid) throw checked.error ?? new Error('The types of the expression do not fit.');
  guardTree(root, meter);
  return { root, run: (context): unknown => parsed(context) };
}

/** JSON has one kind of number, which reaches CEL as a double: mixed with an int, both count as doubles. */
function registerNumbers(environment: Environment): void {
  const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
    '+': (left, right) => left + right,
    '-': (left, right) => left - right,
    '*': (left, right) => left * right,
    '/': (left, right) => left / right,
    '%': remainder,
  };
  for (const [operator, compute] of Object.entries(operators)) {
    const handler = (left: bigint | number, right: bigint | number): number => compute(Number(left), Number(right));
    environment.registerOperator(`int ${operator} double: double`, handler);
    environment.registerOperator(`double ${operator} int: double`, handler);
  }
  environment.registerOperator('double % double: double', remainder);
  environment.registerOperator('int == double', isSameNumber);
}

/** Exact, also where a bigint has no equal among numbers. */
const isSameNumber = (left: bigint, right: number): boolean => Number.isInteger(right) && BigInt(right) === left;

function remainder(left: number, right: number): number {
  if (!Number.isInteger(left) || !Number.isInteger(right)) throw new EvaluationError('% needs whole numbers');
  if (right === 0) throw new EvaluationError('modulo by zero');
  return left % right;
}

function registerRegex(environment: Environment, meter: Meter): void {
  const matches = (text: string, pattern: string): boolean => {
    // Measured: compiling costs about as much as 50 steps and one for each character, matching 20 ns for a character.
    if (!isCompiled(pattern)) meter.spend(500 + pattern.length * 10);
    meter.spend(text.length / 4);
    const compiled = compileLinearRegex(pattern);
    if (!compiled.ok) throw new EvaluationError(compiled.error);
    return compiled.value.test(text);
  };
  environment.registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matches, SYNC);
  environment.registerFunction('matches(string, string): bool', matches, SYNC);
}

/** A macro is given the evaluator: the documented way to reach it. */
function captureEvaluator(environment: Environment): CelEvaluator {
  let captured: unknown;
  environment.registerFunction(`${CAPTURE}(ast): dyn`, () => ({
    typeCheck: (checker: { readonly dynType: unknown }): unknown => checker.dynType,
    evaluate: (evaluator: unknown): null => {
      captured = evaluator;
      return null;
    },
  }));
  environment.evaluate(`${CAPTURE}(0)`);
  if (!isCelEvaluator(captured)) throw new Error('The CEL library has an evaluator of another shape.');
  return captured;
}

/** Every part of an expression is evaluated through `run`; `tryEval` turns errors into values and must not hide a limit. */
function boundEvaluator(evaluator: CelEvaluator, meter: Meter): void {
  evaluator.run = (node, context) => {
    meter.spend(1);
    return node.evaluate(evaluator, node, context);
  };
  evaluator.tryEval = (node, context) => {
    try {
      return evaluator.run(node, context);
    } catch (error) {
      if (error instanceof LimitReached || error instanceof RangeError) throw error;
      return error;
    }
  };
  const debugType = evaluator.debugType.bind(evaluator);
  // The library takes an object with a member named `constructor` for one of a class that it does not know.
  evaluator.debugType = (value) =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, 'constructor')
      ? evaluator.mapType
      : debugType(value);
}

const functionsOf = (environment: Environment): readonly CelFunction[] =>
  environment
    .getDefinitions()
    .functions.filter((each) => each.name !== CAPTURE && each.name !== LINEAR_MATCHES)
    .map((each) => ({
      name: each.name,
      receiver: each.receiverType ?? undefined,
      params: each.params.map((param) => param.type),
      returns: each.returnType,
    }));

/** What went wrong and where, of anything that parsing or evaluating throws. */
export interface CelProblem {
  readonly message: string;
  readonly start: number | undefined;
  readonly end: number | undefined;
}

/** Explains what `parse` or `run` threw, in words for the author of the expression. */
export function describeError(error: unknown, source: string): CelProblem {
  if (error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError) {
    const start = error.range?.start;
    return { message: reword(error, source), start, end: error.range?.end };
  }
  if (error instanceof RangeError) {
    return { message: 'It is nested too deeply, or makes too much.', start: undefined, end: undefined };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message, start: undefined, end: undefined };
}

function reword({ code, summary, node }: Described, source: string): string {
  if (code === 'no_such_key' && isCelNode(node)) {
    const target: unknown = Array.isArray(node.args) ? node.args[0] : undefined;
    const member = summary.replace(/^No such key: /, '');
    if (isCelNode(target)) return `"${source.slice(target.start, target.end)}" has no member "${member}".`;
  }
  if (code === 'unknown_variable') return summary.replace(/^Unknown variable: (.*)$/, 'There is no "$1" here.');
  if (code === 'unknown_function') return summary;
  const text = sentence(summary.replaceAll(LINEAR_MATCHES, 'matches').replace(/\bdyn<(\w+)>/g, '$1'));
  const needsInt = code === 'no_matching_overload' && summary.includes('double');
  return needsInt ? `${text} A number of JSON is a double: int(...) makes it whole.` : text;
}

/** What all errors of the library say. */
interface Described {
  readonly code: string;
  readonly summary: string;
  readonly node?: unknown;
}

const sentence = (text: string): string => {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
};
