import type { Json } from '../../src/core/json.ts';
import { goesInSteps, hasEffect, type Plan } from '../../src/blueprint/plan.ts';
import { apply } from '../../src/execution/apply.ts';
import type { Command } from '../../src/execution/commands.ts';
import { createState } from '../../src/execution/create-state.ts';
import { decide, nextDueAt } from '../../src/execution/decide.ts';
import { canceledEvent } from '../../src/execution/ending.ts';
import type {
  EventDraft,
  ExecutionEvent,
  Measured,
  Opened,
  RecordedBudget,
  ValueRef,
} from '../../src/execution/events.ts';
import { accepts } from '../../src/execution/refusal.ts';
import { abandonedAttempts, toEvent } from '../../src/execution/replay.ts';
import { failedAttempt } from '../../src/execution/retry.ts';
import { buildContext, valuesNeeded } from '../../src/execution/scope.ts';
import type { BodyState, ExecutionState, RunningAttempt, StoredValue } from '../../src/execution/state.ts';
import { stepsOf } from '../../src/execution/steps.ts';
import { isFinished } from '../../src/execution/status.ts';
import { valueIn } from '../../src/execution/values.ts';
import type { CompiledTemplate } from '../../src/expression/template.ts';
import { SANDBOX_OUTCOMES } from '../../src/usage/receipt.ts';
import { failure, requested } from './drive.ts';
import { someReceipt } from './sandbox.ts';

const EXECUTION_ID = '01890000-0000-7000-8000-000000000001';
const MAX_STEPS = 20_000;
const DEADLINE_MS = 100_000;

export interface Schedule {
  readonly plan: Plan;
  readonly input: Json;
  /** What happens when there is a choice. When they are used up everything goes well, in order. */
  readonly choices: readonly number[];
  /** Of the start. Sandboxed attempts cost nothing in truth; here each may. */
  readonly budget?: RecordedBudget | undefined;
}

export interface Simulated {
  readonly state: ExecutionState;
  readonly events: readonly ExecutionEvent[];
  readonly now: number;
}

/**
 * Plays the shell, the workers and the clock for one execution, as unluckily as the choices say: outcomes in any order,
 * failures, owners that die, cancels, pauses and resumes, time that passes. `inspect` sees the state after every event.
 */
export function simulate(schedule: Schedule, inspect: (simulated: Simulated) => void = () => undefined): Simulated {
  const simulation = new Simulation(schedule, inspect);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    if (isFinished(simulation.state.status)) return simulation;
    simulation.step();
  }
  throw new Error(`The execution has not ended after ${MAX_STEPS} steps.`);
}

class Simulation implements Simulated {
  readonly state: ExecutionState;
  readonly events: ExecutionEvent[];
  now = 1_000;
  private readonly choices: number[];
  /** Stops that the shell was asked for, with their causes. */
  private readonly stops = new Map<string, EventDraft>();

  private readonly inspect: (simulated: Simulated) => void;

  constructor({ plan, input, choices, budget }: Schedule, inspect: (simulated: Simulated) => void) {
    this.inspect = inspect;
    const first = { ...requested(input), ...(budget && { budget }) };
    this.events = [first];
    this.state = createState(plan, first);
    this.choices = [...choices].reverse();
  }

  step(): void {
    const chance = this.choose(100);
    if (this.state.startedAt === undefined && chance < 90) {
      return this.record({ type: 'executionStarted', tools: {}, deadlineAt: this.now + DEADLINE_MS });
    }
    if (chance >= 90 && chance < 94) return this.record({ type: 'pauseRequested', requestedBy: 'test' });
    if (chance === 94) return this.resume();
    if (chance === 95) return this.record({ type: 'cancelRequested', requestedBy: 'test' });
    if (chance === 96) return this.loseOwner('ownerDied');
    if (chance === 97) return this.loseOwner('shutdown');
    if (chance === 98) return this.sleep(this.now + this.choose(30_000));
    if (chance > 50 && this.state.running.size > 0) return this.finishOne();
    this.carryOutOne();
  }

  private choose(end: number): number {
    const choice = this.choices.pop();
    return choice === undefined ? 0 : choice % end;
  }

  private record(draft: EventDraft): void {
    if (!accepts(this.state, draft)) return;
    const event = toEvent(this.state, draft, this.now);
    apply(this.state, event);
    this.events.push(event);
    // One step may record several: an owner that is lost leaves all its attempts behind.
    this.inspect(this);
  }

  private loseOwner(cause: 'ownerDied' | 'shutdown'): void {
    this.stops.clear();
    for (const draft of abandonedAttempts(this.state, cause)) this.record(draft);
  }

  /** Whoever resumes gives more money, sometimes too little of it or none. */
  private resume(): void {
    const chance = this.choose(4);
    const softCostUsdMicros = Number(this.state.usage.costUsdMicros) + (chance === 3 ? 0 : 1 + this.choose(50));
    const budget = chance === 2 ? undefined : { softCostUsdMicros };
    this.record({ type: 'resumeRequested', requestedBy: 'test', ...(budget && { budget }) });
  }

  private sleep(until: number): void {
    this.now = Math.max(this.now, until);
  }

  private carryOutOne(): void {
    const commands = decide(this.state, this.now).filter((one) => !this.isInHand(one));
    const command = commands[this.choose(Math.max(1, commands.length))];
    if (command !== undefined) return this.carryOut(command);
    if (this.state.running.size > 0) return this.finishOne();
    if (this.state.pause !== undefined) return this.resume();
    const dueAt = nextDueAt(this.state, this.now);
    if (dueAt === null && this.state.startedAt !== undefined)
      throw new Error('Nothing is left to do, and it has not ended.');
    this.sleep(dueAt ?? this.now);
  }

  private isInHand(command: Command): boolean {
    return command.type === 'cancelAttempt' && this.stops.has(command.path);
  }

  private carryOut(command: Command): void {
    switch (command.type) {
      case 'record':
        return this.record(command.event);
      case 'cancelAttempt': {
        const { path, attempt, cause } = command;
        this.stops.set(path, { type: 'attemptCanceled', path, attempt, cause });
        return;
      }
      case 'fail':
        return this.record({ type: 'executionFailed', failure: command.failure });
      case 'cancel':
        return this.record(canceledEvent(this.state, this.now));
      case 'succeed':
        return this.record({ type: 'executionSucceeded', output: this.outputOf(this.state.root) });
      case 'closeBody':
        if (this.choose(40) === 39) return this.failNode(command.path);
        return this.record({ type: 'bodySucceeded', path: command.path, output: this.outputOf(command.body) });
      case 'closeNode':
        return this.closeNode(command);
      case 'beginNode':
        return this.begin(command);
    }
  }

  private closeNode({ path, state }: Extract<Command, { type: 'closeNode' }>): void {
    if (this.choose(40) === 39) return this.failNode(path);
    const output = (state.outputs ?? []).map((stored) => (stored === undefined ? null : this.load(stored)));
    this.record({ type: 'attemptSucceeded', path, attempt: state.attempt, output: { inline: output } });
  }

  private begin({ path, node, body, attempt }: Extract<Command, { type: 'beginNode' }>): void {
    if (attempt === 1 && node.when !== undefined && this.evaluate(body, node.when) !== true) {
      return this.record({ type: 'nodeSkipped', path, cause: 'conditionFalse' });
    }
    if (this.choose(30) === 29) return this.failNode(path);
    if (hasEffect(node.kind)) return this.record({ type: 'attemptStarted', path, attempt });
    if (node.kind === 'transform') {
      const output = { inline: this.evaluate(body, node.output) };
      return this.record({ type: 'attemptSucceeded', path, attempt, startedAt: this.now, output });
    }
    this.record({ type: 'attemptStarted', path, attempt, opened: this.opened(node, body) });
  }

  private opened(node: Plan['root']['nodes'][number], body: BodyState): Opened {
    if (node.kind === 'loop') {
      const items = this.evaluate(body, node.items);
      if (!Array.isArray(items)) throw new Error(`The items of "${node.name}" are no list.`);
      return { kind: 'loop', items: { inline: items }, count: items.length };
    }
    if (node.kind !== 'condition') return { kind: 'parallel' };
    const branch = node.branches.findIndex(({ when }) => when === undefined || this.evaluate(body, when) === true);
    return { kind: 'condition', branch: branch < 0 ? null : branch };
  }

  private failNode(path: string): void {
    const reason = 'expressionFailed';
    this.record({ type: 'nodeFailed', path, failure: failure({ reason, retryable: false }) });
  }

  private finishOne(): void {
    const running = [...this.state.running.values()];
    const attempt = running[this.choose(running.length)];
    if (attempt === undefined) return;
    if (goesInSteps(attempt.node.kind) && this.choose(3) > 0) return this.takeStep(attempt);
    const stop = this.stops.get(attempt.path);
    this.stops.delete(attempt.path);
    const chance = this.choose(10);
    // A stop may come too late: the attempt ends by itself.
    if (stop !== undefined && chance < 8) return this.record(stop);
    if (chance > 5) return this.failAttempt(attempt, chance > 7);
    // Large enough, sometimes, to be kept by its event alone.
    const output = chance === 5 ? 'x'.repeat(6_000) : `output of ${attempt.path}`;
    this.record({
      ...{ type: 'attemptSucceeded', path: attempt.path, attempt: attempt.attempt },
      ...{ output: { inline: output }, ...this.measured() },
    });
  }

  /** Of an agent: it is told something, keeps a note, or holds still with a paused execution. */
  private takeStep({ path, attempt }: RunningAttempt): void {
    const chance = this.choose(6);
    if (chance === 5 && this.state.pause !== undefined)
      return this.record({ type: 'attemptAbandoned', path, attempt, cause: 'paused' });
    const place = { path, attempt, step: stepsOf(this.state, path).length + 1, thread: '', agent: 'ada' };
    if (chance > 3) {
      const value = { inline: `note ${this.choose(9)}` };
      return this.record({ type: 'noteWritten', ...place, key: `k${this.choose(3)}`, bytes: 8, value });
    }
    this.record({
      ...{ type: 'agentTurned', ...place, turn: 1, model: 'test', finish: 'stop', inputTokens: 2, outputTokens: 1 },
      ...{ value: { inline: { text: 'x'.repeat(chance * 3_000), toolCalls: [] } }, costUsdMicros: this.choose(9) },
    });
  }

  /** As the sandbox says it, as journals said it before there were receipts, or nothing: no worker was started. */
  private measured(): Measured {
    const chance = this.choose(4);
    if (chance === 3) return {};
    if (chance === 2) {
      const costUsdMicros = this.choose(50);
      return { usage: { cpuMs: 1, wallMs: 2, peakMemoryBytes: 3, ...(costUsdMicros > 0 && { costUsdMicros }) } };
    }
    const outcome = SANDBOX_OUTCOMES[this.choose(SANDBOX_OUTCOMES.length)] ?? 'threw';
    return {
      receipt: someReceipt({ outcome, cpuMs: this.choose(50), wallMs: 2, ...(chance === 1 && { reused: true }) }),
    };
  }

  private failAttempt(
    { path, attempt }: { readonly path: string; readonly attempt: number },
    retryable: boolean,
  ): void {
    const failed = {
      executionId: EXECUTION_ID,
      path,
      attempt,
      failure: failure({ retryable }),
      measured: this.measured(),
    };
    this.record(failedAttempt(this.state, failed, this.now));
  }

  private outputOf(body: BodyState): ValueRef {
    return { inline: body.plan.output === undefined ? null : this.evaluate(body, body.plan.output) };
  }

  private evaluate(body: BodyState, template: CompiledTemplate): Json {
    const place = { state: this.state, body };
    const loaded = new Map(valuesNeeded(place, template).map((stored) => [stored, this.load(stored)]));
    const context = buildContext(place, template, (stored) => {
      const value = loaded.get(stored);
      if (value === undefined) throw new Error('valuesNeeded has left a value out.');
      return value;
    });
    const evaluated = template.evaluate(context);
    if (!evaluated.ok) throw new Error(`${evaluated.error.expression}: ${evaluated.error.message}`);
    return evaluated.value;
  }

  private load(stored: StoredValue): Json {
    if ('value' in stored) return stored.value;
    const event = 'sequence' in stored ? this.events[stored.sequence - 1] : undefined;
    const ref = event && valueIn(event);
    if (ref === undefined || !('inline' in ref)) throw new Error('The value is not where the state says.');
    return ref.inline;
  }
}
