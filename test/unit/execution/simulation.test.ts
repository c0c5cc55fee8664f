import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import type { BodyPlan, NodePlan, Plan } from '../../../src/blueprint/plan.ts';
import { fromRow, toRow } from '../../../src/execution/codec.ts';
import { decide, nextDueAt } from '../../../src/execution/decide.ts';
import { isTerminalEvent, type ExecutionEvent } from '../../../src/execution/events.ts';
import { replay } from '../../../src/execution/replay.ts';
import type { ExecutionState } from '../../../src/execution/state.ts';
import { isFinished } from '../../../src/execution/status.ts';
import { listNodes } from '../../../src/execution/visible.ts';
import { arbitraryBlueprint, arbitraryInput } from '../../support/blueprints.ts';
import { seenOf } from '../../support/seen-state.ts';
import { simulate, type Schedule, type Simulated } from '../../support/simulate.ts';

const RUNS = 200;
/** One of so many lengths of a journal is replayed. */
const EACH = 7;

const schedules = (): fc.Arbitrary<Schedule> =>
  fc
    .record({
      blueprint: arbitraryBlueprint(),
      input: arbitraryInput(),
      choices: fc.array(fc.nat(100_000), { minLength: 200, maxLength: 200 }),
      budget: fc.option(fc.record({ softCostUsdMicros: fc.nat(20) }), { nil: undefined }),
    })
    .map(({ blueprint, input, choices, budget }) => ({
      plan: toPlan(blueprint, 'f'.repeat(64)),
      input: { ...input },
      choices,
      budget,
    }));

const holds = (check: (schedule: Schedule) => void): void => {
  fc.assert(fc.property(schedules(), check), { numRuns: RUNS });
};

/** Everything that a reader can see of a state, and what would be done next. */
const seen = (state: ExecutionState, now: number): unknown => ({
  ...seenOf(state),
  commands: decide(state, now).map((command) => [command.type, 'path' in command ? command.path : '']),
  dueAt: nextDueAt(state),
});

function nodeAt(plan: Plan, path: string): NodePlan | undefined {
  let body: BodyPlan | undefined = plan.root;
  let node: NodePlan | undefined;
  for (const name of path.split(/\.|\[\d+\]\.?/)) {
    if (body !== undefined) {
      node = body.nodes.find((one) => one.name === name);
      body = node?.kind === 'loop' ? node.body : undefined;
    } else if (node?.kind === 'condition' || node?.kind === 'parallel') {
      body = node.branches.find((one) => one.name === name)?.body;
    }
  }
  return node;
}

/** How many steps a node has taken when an event comes: they end with an outcome, and outlive an owner. */
function countSteps(events: readonly ExecutionEvent[]): void {
  const taken = new Map<string, number>();
  for (const event of events) {
    if ('step' in event) {
      expect(event.step).toBe((taken.get(event.path) ?? 0) + 1);
      taken.set(event.path, event.step);
    } else if ('attempt' in event && event.type !== 'attemptStarted' && event.type !== 'attemptAbandoned') {
      taken.delete(event.path);
    }
  }
}

// Hundreds of executions each: on a busy machine that takes longer than a test usually may.
describe('any execution, however unlucky', { timeout: 60_000 }, () => {
  it('ends, with one terminal event, which is the last', () => {
    holds((schedule) => {
      const { events, state } = simulate(schedule);
      countSteps(events);
      expect(events.filter(isTerminalEvent)).toHaveLength(1);
      expect(events.at(-1)).toSatisfy(isTerminalEvent);
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, at) => at + 1));
      expect(decide(state, Infinity)).toEqual([]);
    });
  });

  it('has the same state when its journal is replayed, at every length', () => {
    holds((schedule) => {
      const kept: unknown[] = [];
      const { events, now } = simulate(schedule, ({ state, events: { length } }) => {
        if (length % EACH === 0) kept[length] = seen(state, 0);
      });
      for (let length = EACH; length < events.length; length += EACH) {
        expect(seen(replay(schedule.plan, events.slice(0, length)), 0)).toEqual(kept[length]);
      }
      expect(seen(replay(schedule.plan, events), now)).toEqual(
        seen(replay(schedule.plan, events.map(throughRow)), now),
      );
    });
  });

  it('gives each attempt that was started one outcome, and no skipped node an attempt', () => {
    holds((schedule) => {
      const { events } = simulate(schedule);
      const open = new Set<string>();
      const skipped = new Set<string>();
      for (const event of events) {
        if (!('path' in event) || 'step' in event || event.type === 'bodySucceeded') continue;
        expect(skipped).not.toContain(event.path);
        if (event.type === 'nodeSkipped') skipped.add(event.path);
        else if (event.type === 'attemptStarted') open.add(event.path);
        else if (event.type === 'nodeFailed') open.delete(event.path);
        else if (event.type !== 'attemptSucceeded' || event.startedAt === undefined)
          expect(open.delete(event.path)).toBe(true);
      }
      expect([...open]).toEqual([]);
    });
  });

  it('tries no node more often than its retry policy says, abandoned and canceled attempts apart', () => {
    holds((schedule) => {
      const { events } = simulate(schedule);
      const tries = new Map<string, number>();
      for (const event of events) {
        if (event.type !== 'attemptFailed') continue;
        const count = (tries.get(event.path) ?? 0) + 1;
        tries.set(event.path, count);
        expect(count).toBeLessThanOrEqual(nodeAt(schedule.plan, event.path)?.retry.attempts ?? 0);
      }
    });
  });

  it('never runs more iterations or branches at once than the node allows, and opens them in order', () => {
    holds((schedule) => {
      simulate(schedule, ({ state }) => {
        for (const [path, places] of placesRunning(state)) {
          const node = nodeAt(schedule.plan, path);
          const most = node?.kind === 'loop' ? node.concurrency : node?.kind === 'parallel' ? node.maxConcurrency : 1;
          expect(places.size).toBeLessThanOrEqual(most);
        }
      });
    });
  });

  it('begins nothing while it is paused, and is paused no longer than it is asked to', () => {
    const pauses = { requested: 0, budgetSoftLimit: 0 };
    holds((schedule) => {
      let isHeld = false;
      for (const event of simulate(schedule).events) {
        if (event.type === 'pauseRequested' || event.type === 'executionPaused') isHeld = true;
        else if (event.type === 'executionResumed') isHeld = false;
        else if (isHeld) expect(event).not.toSatisfy(begins);
        if (event.type === 'executionPaused') pauses[event.cause] += 1;
      }
    });
    expect(pauses.requested).toBeGreaterThan(RUNS / 10);
    expect(pauses.budgetSoftLimit).toBeGreaterThan(RUNS / 20);
  });

  it('says the same again until something happens', () => {
    holds((schedule) => {
      simulate(schedule, ({ state, now }) => {
        expect(decide(state, now)).toEqual(decide(state, now));
      });
    });
  });

  it('knows what is left: progress is full at a good end, and nothing waits for what has passed', () => {
    holds((schedule) => {
      const { state } = simulate(schedule, checkWaiting);
      if (state.status === 'succeeded') expect(state.progress.done).toBe(state.progress.total);
      for (const node of listNodes(state)) {
        expect(['succeeded', 'failed', 'skipped', 'canceled']).toContain(node.status);
      }
    });
  });
});

const begins = (event: ExecutionEvent): boolean =>
  event.type === 'attemptStarted' ||
  (event.type === 'attemptSucceeded' && event.startedAt !== undefined) ||
  (event.type === 'nodeSkipped' && event.cause === 'conditionFalse');

const throughRow = (event: ExecutionEvent): ExecutionEvent => {
  const again = fromRow(toRow(event));
  expect(again).toEqual(event);
  return again.type === 'unknown' ? event : again;
};

function checkWaiting({ state, now }: Simulated): void {
  expect(state.progress.done).toBeLessThanOrEqual(state.progress.total);
  if (state.status !== 'waiting') return;
  expect(state.running.size).toBe(0);
  const dueAt = nextDueAt(state);
  expect(dueAt).not.toBeNull();
  if (dueAt !== null && dueAt > now) expect(decide(state, now)).toEqual([]);
}

/** For each loop and parallel node around what runs: the iterations or branches in which something runs. */
function placesRunning(state: ExecutionState): Map<string, Set<string>> {
  const running = new Map<string, Set<string>>();
  if (isFinished(state.status)) return running;
  for (const { body } of state.running.values()) {
    for (let at = body; at.parent !== undefined; at = at.parent.body) {
      const places = running.get(at.parent.node.path) ?? new Set<string>();
      running.set(at.parent.node.path, places.add(at.path));
    }
  }
  return running;
}
