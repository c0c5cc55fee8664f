import { Blueprint } from '../../src/blueprint/blueprint.ts';
import type { NodeMap } from '../../src/blueprint/node.ts';
import type { Plan } from '../../src/blueprint/plan.ts';
import { toPlan } from '../../src/compiler/to-plan.ts';
import type { Json } from '../../src/core/json.ts';
import { apply } from '../../src/execution/apply.ts';
import type { Command } from '../../src/execution/commands.ts';
import { createState } from '../../src/execution/create-state.ts';
import { decide } from '../../src/execution/decide.ts';
import type {
  EventDraft,
  ExecutionEvent,
  ExecutionEventOf,
  Failure,
  Measured,
  RecordedBudget,
} from '../../src/execution/events.ts';
import { toEvent } from '../../src/execution/replay.ts';
import { failedAttempt } from '../../src/execution/retry.ts';
import type { ExecutionState } from '../../src/execution/state.ts';
import { findNode } from '../../src/execution/visible.ts';

/** The plan of a blueprint that is written down in a test. */
export const planFor = (nodes: NodeMap, rest: Pick<Blueprint, 'output' | 'budget'> = {}): Plan =>
  toPlan(Blueprint.parse({ name: 'driven', nodes, ...rest }), 'f'.repeat(64));

/** The first event of an execution. */
export const requested = (input: Json = {}): ExecutionEventOf<'executionRequested'> => ({
  type: 'executionRequested',
  sequence: 1,
  at: 1_000,
  blueprintId: 'b',
  version: 1,
  fingerprint: 'f'.repeat(64),
  input: { inline: input },
  requestedBy: 'test',
});

/** A failure that asks for another attempt, unless it is told otherwise. */
export const failure = (more: Partial<Failure> = {}): Failure => ({
  reason: 'threw',
  message: 'It broke.',
  retryable: true,
  ...more,
});

const EXECUTION_ID = '01890000-0000-7000-8000-000000000001';

/** An execution in the hands of a test, which plays the shell: it says what happens and sees what is decided. */
export class Drive {
  readonly state: ExecutionState;
  readonly events: ExecutionEvent[];
  now = 1_000;

  constructor(plan: Plan, input: Json = {}, more: Pick<ExecutionEventOf<'executionRequested'>, 'traceparent'> = {}) {
    const first = { ...requested(input), ...more };
    this.events = [first];
    this.state = createState(plan, first);
  }

  record(draft: EventDraft): this {
    const event = toEvent(this.state, draft, this.now);
    apply(this.state, event);
    this.events.push(event);
    return this;
  }

  start(deadlineAt = 1_000_000): this {
    return this.record({ type: 'executionStarted', tools: {}, deadlineAt });
  }

  /** Starts leaf nodes. */
  begin(...paths: readonly string[]): this {
    for (const path of paths) this.record({ type: 'attemptStarted', path, attempt: this.nextAttempt(path) });
    return this;
  }

  /** Opens a loop over items, a condition at a branch, or a parallel node. */
  open(path: string, opened: readonly Json[] | number | null | 'parallel'): this {
    const attempt = this.nextAttempt(path);
    const draft = { type: 'attemptStarted', path, attempt } as const;
    if (opened === 'parallel') return this.record({ ...draft, opened: { kind: 'parallel' } });
    if (typeof opened !== 'object' || opened === null)
      return this.record({ ...draft, opened: { kind: 'condition', branch: opened } });
    return this.record({ ...draft, opened: { kind: 'loop', items: { inline: opened }, count: opened.length } });
  }

  succeed(path: string, output: Json = null, measured: Measured = {}): this {
    const attempt = this.attemptOf(path);
    return this.record({
      type: 'attemptSucceeded',
      path,
      attempt,
      output: { inline: output },
      ...measured,
    });
  }

  /** Starts leaf nodes and lets them end well. */
  run(...paths: readonly string[]): this {
    for (const path of paths) this.begin(path).succeed(path, path);
    return this;
  }

  fail(path: string, why: Partial<Failure> = {}, measured: Measured = {}): this {
    const attempt = this.attemptOf(path);
    const failed = { executionId: EXECUTION_ID, path, attempt, failure: failure(why), measured };
    return this.record(failedAttempt(this.state, failed, this.now));
  }

  failNode(path: string, why: Partial<Failure> = {}): this {
    return this.record({ type: 'nodeFailed', path, failure: failure({ retryable: false, ...why }) });
  }

  abandon(path: string, cause: 'ownerDied' | 'shutdown' = 'ownerDied'): this {
    return this.record({ type: 'attemptAbandoned', path, attempt: this.attemptOf(path), cause });
  }

  canceled(path: string, cause: ExecutionEventOf<'attemptCanceled'>['cause']): this {
    return this.record({ type: 'attemptCanceled', path, attempt: this.attemptOf(path), cause });
  }

  skip(path: string, cause: ExecutionEventOf<'nodeSkipped'>['cause'] = 'conditionFalse'): this {
    return this.record({ type: 'nodeSkipped', path, cause });
  }

  closeBody(path: string, output: Json = path): this {
    return this.record({ type: 'bodySucceeded', path, output: { inline: output } });
  }

  cancel(): this {
    return this.record({ type: 'cancelRequested', requestedBy: 'test' });
  }

  pause(): this {
    return this.record({ type: 'pauseRequested', requestedBy: 'test' });
  }

  resume(budget?: RecordedBudget): this {
    return this.record({ type: 'resumeRequested', requestedBy: 'test', ...(budget && { budget }) });
  }

  /** Records everything that is decided without looking at a value, until there is nothing more of it. */
  settle(): this {
    for (;;) {
      const [first] = decide(this.state, this.now).flatMap((one) => (one.type === 'record' ? [one.event] : []));
      if (first === undefined) return this;
      this.record(first);
    }
  }

  /** What is decided now, as short sentences. */
  commands(): readonly string[] {
    return decide(this.state, this.now).map(sentence);
  }

  status(path: string): string | undefined {
    return findNode(this.state, path)?.status;
  }

  private attemptOf(path: string): number {
    return this.state.running.get(path)?.attempt ?? findNode(this.state, path)?.attempt ?? 1;
  }

  private nextAttempt(path: string): number {
    const begin = decide(this.state, this.now).find((one) => one.type === 'beginNode' && one.path === path);
    return begin?.type === 'beginNode' ? begin.attempt : 1;
  }
}

/** An execution of these nodes that has started. */
export const drive = (nodes: NodeMap, rest: Pick<Blueprint, 'output' | 'budget'> = {}): Drive =>
  new Drive(planFor(nodes, rest)).start();

function sentence(command: Command): string {
  switch (command.type) {
    case 'beginNode':
      return command.attempt === 1 ? `begin ${command.path}` : `begin ${command.path} #${command.attempt}`;
    case 'closeBody':
      return `close body ${command.path}`;
    case 'closeNode':
      return `close ${command.path}`;
    case 'record':
      return 'path' in command.event
        ? `record ${command.event.type} ${command.event.path}`
        : `record ${command.event.type}`;
    case 'cancelAttempt':
      return `stop ${command.path} (${command.cause})`;
    case 'fail':
      return `fail (${command.failure.reason} at ${command.failure.path ?? 'the top'})`;
    case 'succeed':
    case 'cancel':
      return command.type;
  }
}

/** A `code` node: one that acts, and so is started before its outcome is recorded. */
export const code = (more: Partial<Extract<NodeMap[string], { kind: 'code' }>> = {}): NodeMap[string] => ({
  kind: 'code',
  source: 'return input;',
  ...more,
});
