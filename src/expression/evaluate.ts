import type { Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { createCel, describeError, type Cel } from './cel.ts';
import { referenceOf, referencesOf } from './references.ts';
import type { Evaluated, EvaluationContext, ExpressionFault, Reference } from './template.ts';
import { toJson } from './to-json.ts';

/** One CEL expression, ready to be evaluated many times. */
export interface CompiledExpression {
  readonly source: string;
  readonly references: readonly Reference[];
  readonly identity: Reference | undefined;
  evaluate(context: EvaluationContext): Evaluated;
}

/** The longest expression, in characters. */
export const MAX_EXPRESSION_LENGTH = 16_384;

/** The CEL that everything but tests of its limits uses. */
export const productCel = createCel();

/** Parses one bare expression. `cel` is given by tests that lower the limits. */
export function compileExpression(source: string, cel: Cel = productCel): Result<CompiledExpression, ExpressionFault> {
  const expression = source.trim();
  const fault = (message: string, start = 0, end = expression.length): Result<never, ExpressionFault> =>
    err({ message, expression, start, end });
  if (expression === '') return fault('The expression is empty.');
  if (expression.length > MAX_EXPRESSION_LENGTH) {
    return fault(`The expression has ${expression.length} characters; ${MAX_EXPRESSION_LENGTH} are allowed.`);
  }
  try {
    const program = cel.parse(expression);
    const identity = referenceOf(program.root);
    const references = referencesOf(program.root);
    const evaluate = (context: EvaluationContext): Evaluated => {
      cel.meter.reset();
      try {
        return ok(toJson(program.run(context), cel.meter));
      } catch (error) {
        return err({ message: describeError(error, expression).message, expression });
      }
    };
    const isIdentity = identity !== undefined && references.length === 1;
    return ok({
      source: expression,
      references,
      identity: isIdentity ? identity : undefined,
      evaluate: isIdentity ? (context) => readReference(identity, expression, context) : evaluate,
    });
  } catch (error) {
    const problem = describeError(error, expression);
    return fault(problem.message, problem.start, problem.end);
  }
}

/** The value at a reference; what is read is JSON already, and nothing of it is looked at on the way. */
function readReference(reference: Reference, expression: string, context: EvaluationContext): Evaluated {
  const { root, path } = reference;
  if (!Object.hasOwn(context, root) || context[root] === undefined) {
    return err({ message: `There is no "${root}" here.`, expression });
  }
  let value: unknown = context[root];
  for (const [at, member] of path.entries()) {
    if (isRecord(value) && Object.hasOwn(value, member) && value[member] !== undefined) {
      value = value[member];
    } else if (readsNullOfNode(reference, at, value)) {
      return ok(null);
    } else {
      const target = [root, ...path.slice(0, at)].join('.');
      return err({ message: `"${target}" has no member "${member}".`, expression });
    }
  }
  return ok(value as Json); // contexts hold JSON
}

/** As `guard.ts` has it for longer expressions: below a null output there is null, and an absent failure is null. */
const readsNullOfNode = (reference: Reference, at: number, value: unknown): boolean =>
  reference.root === 'nodes' &&
  ((at > 1 && value === null) || (at === 1 && isRecord(value) && reference.path[at] === 'failure'));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
