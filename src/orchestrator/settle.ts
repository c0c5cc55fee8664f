import { assertNever } from '../core/assert-never.ts';
import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import { hasEffect } from '../blueprint/plan.ts';
import type { BodyPlan } from '../blueprint/plan.ts';
import type { Command } from '../execution/commands.ts';
import { decide } from '../execution/decide.ts';
import { canceledEvent } from '../execution/ending.ts';
import type { EventDraft, ValueRef } from '../execution/events.ts';
import type { BodyState, ExecutionState, StoredValue } from '../execution/state.ts';
import type { CompiledTemplate, Evaluated } from '../expression/template.ts';
import type { Attempts } from './attempts.ts';
import { createBreath } from './breath.ts';
import type { BeginContext, Executors, Keep, Maybe } from './executor.ts';
import { expressionFailed } from './executors/expression-failed.ts';
import { gatherOutput } from './gather-output.ts';
import { andThen } from './maybe.ts';
import { endsIt } from './open-append.ts';
import type { OpenAppend } from './open-append.ts';

export type BeginNode = Extract<Command, { type: 'beginNode' }>;

export interface SettleDeps {
  readonly state: ExecutionState;
  readonly executors: Executors;
  readonly attempts: Attempts;
  readonly now: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** `ride`: pure nodes are written with the outcome that they read; `commit`: only after it is committed. */
  readonly pureNodes: 'commit' | 'ride';
  readonly evaluate: (body: BodyState, template: CompiledTemplate) => Maybe<Evaluated>;
  readonly keep: Keep;
  readonly loadAll: (stored: readonly StoredValue[]) => Maybe<readonly Json[]>;
  /** False while the process shuts down: nothing that has an effect is begun. */
  readonly mayBegin: boolean;
}

/**
 * Decides and records until nothing is left that may ride in this append: starts of nodes with effects, skips, opening
 * and closing of composites, the end. Answers with the pure nodes that wait for the commit of what they read.
 */
export async function settle(append: OpenAppend, deps: SettleDeps): Promise<readonly BeginNode[]> {
  const breath = createBreath(deps.clock);
  for (;;) {
    const waiting: BeginNode[] = [];
    let recorded = false;
    for (const command of decide(deps.state, deps.now)) {
      if (deps.pureNodes === 'commit' && isPure(command) && readsOutcomes(command)) {
        waiting.push(command);
        continue;
      }
      const carried = carryOut(command, deps);
      const draft = carried instanceof Promise ? await carried : carried;
      if (draft === undefined) continue;
      append.record(draft);
      recorded = true;
      if (voidsTheRest(command, draft) || endsIt(append)) break;
      if (breath.isDue()) await breath.take();
    }
    if (!recorded || endsIt(append)) return waiting;
  }
}

/** A failure, or a branch that was enough, gives up what other commands of the list speak of; nothing else does. */
const voidsTheRest = (command: Command, draft: EventDraft): boolean =>
  draft.type === 'nodeFailed' || (command.type === 'closeBody' && command.body.parent?.node.plan.kind === 'parallel');

/** False for a node that reads nothing but the input: no outcome has to be committed before it runs. */
const readsOutcomes = ({ node, body }: BeginNode): boolean => node.needs.length > 0 || body.parent !== undefined;

const isPure = (command: Command): command is BeginNode =>
  command.type === 'beginNode' && command.node.kind === 'transform';

/** The event that a command leads to, if it leads to one now. */
function carryOut(command: Command, deps: SettleDeps): Maybe<EventDraft | undefined> {
  switch (command.type) {
    case 'beginNode':
      return beginNode(command, deps);
    case 'closeBody':
      return closeBody(command.path, command.body, deps);
    case 'closeNode':
      return gatherOutput(command, deps);
    case 'record':
      return command.event;
    case 'cancelAttempt': {
      if (deps.attempts.cancel(command.path, command.cause)) return undefined;
      // Not in hand: a composite, or a start that was recorded in this very append and has not been launched.
      const { path, attempt, cause } = command;
      return { type: 'attemptCanceled', path, attempt, cause };
    }
    case 'succeed':
      return andThen(evaluateOutput(deps.state.root.plan, deps.state.root, deps), (output) =>
        'failure' in output
          ? {
              type: 'executionFailed',
              failure: { reason: output.reason, message: output.failure, retryable: false },
            }
          : { type: 'executionSucceeded', output: output.ref },
      );
    case 'fail':
      return { type: 'executionFailed', failure: command.failure };
    case 'cancel':
      return canceledEvent(deps.state, deps.now);
    default:
      return assertNever(command);
  }
}

/** Evaluates `when` on the first attempt, then begins the node by its kind. */
export function beginNode({ node, path, body, attempt }: BeginNode, deps: SettleDeps): Maybe<EventDraft | undefined> {
  if (hasEffect(node.kind) && (deps.attempts.has(path) || !deps.mayBegin)) return undefined;
  const begin = (): Maybe<EventDraft> => {
    const { state, now, keep } = deps;
    const context: BeginContext = {
      state,
      body,
      path,
      attempt,
      now,
      keep,
      evaluate: (template) => deps.evaluate(body, template),
    };
    switch (node.kind) {
      case 'tool':
      case 'code':
      case 'llm':
      case 'agent':
      case 'swarm':
        return { type: 'attemptStarted', path, attempt };
      case 'transform':
        return deps.executors.transform.begin(node, context);
      case 'condition':
        return deps.executors.condition.begin(node, context);
      case 'loop':
        return deps.executors.loop.begin(node, context);
      case 'parallel':
        return deps.executors.parallel.begin(node, context);
      default:
        return assertNever(node);
    }
  };
  if (node.when === undefined || attempt > 1) return begin();
  return andThen(deps.evaluate(body, node.when), (evaluated) => {
    if (!evaluated.ok) return expressionFailed(path, 'when', evaluated.error);
    if (evaluated.value === true) return begin();
    if (evaluated.value === false) return { type: 'nodeSkipped', path, cause: 'conditionFalse' };
    const message = `when of "${path}" must give true or false; it gave ${JSON.stringify(evaluated.value).slice(0, 100)}.`;
    return { type: 'nodeFailed', path, failure: { reason: 'expressionFailed', message, retryable: false, path } };
  });
}

function closeBody(path: string, body: BodyState, deps: SettleDeps): Maybe<EventDraft> {
  return andThen(evaluateOutput(body.plan, body, deps), (output) =>
    'failure' in output
      ? {
          type: 'nodeFailed',
          path,
          failure: { reason: output.reason, message: output.failure, retryable: false, path },
        }
      : { type: 'bodySucceeded', path, output: output.ref },
  );
}

type Output =
  { readonly ref: ValueRef } | { readonly failure: string; readonly reason: 'expressionFailed' | 'limitReached' };

/** The output of a body, or the sentence that says why it has none. */
export function evaluateOutput(
  plan: BodyPlan,
  body: BodyState,
  deps: Pick<SettleDeps, 'evaluate' | 'keep'>,
): Maybe<Output> {
  if (plan.output === undefined) return { ref: { inline: null } };
  return andThen(deps.evaluate(body, plan.output), (evaluated) => {
    const where = body.path === '' ? 'output of the blueprint' : `output of "${body.path}"`;
    if (evaluated.ok) {
      return andThen(deps.keep(evaluated.value), (kept) =>
        'tooLarge' in kept ? { failure: `${where} ${kept.tooLarge}`, reason: 'limitReached' } : { ref: kept },
      );
    }
    return {
      reason: 'expressionFailed',
      failure: `${where}: ${evaluated.error.message} (in \${ ${evaluated.error.expression} })`,
    };
  });
}
