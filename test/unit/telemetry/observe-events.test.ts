import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT, ExecutionId } from '../../../src/core/ids.ts';
import type { ExecutionEvent } from '../../../src/execution/events.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { observeEvents, requestedAtOf } from '../../../src/telemetry/observe-events.ts';

// 2026-01-01T00:00:00Z in the first 48 bits.
const REQUESTED_AT = Date.UTC(2026, 0, 1);
const hex = REQUESTED_AT.toString(16).padStart(12, '0');
const executionId = ExecutionId.parse(`${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`);
const usage = { cpuMs: 10, wallMs: 200, peakMemoryBytes: 1 };
const failure = { reason: 'threw', message: 'no', retryable: false } as const;
const at = REQUESTED_AT + 3_000;
const output = { inline: null };

async function textAfter(events: readonly ExecutionEvent[]): Promise<string> {
  const metrics = createMetrics();
  observeEvents(metrics)([
    { executionId, tenant: DEFAULT_TENANT, lastSequence: 1, events },
    { executionId, tenant: DEFAULT_TENANT, lastSequence: 1 },
  ]);
  metrics.close();
  return metrics.text();
}

describe('observeEvents', () => {
  it('reads the time of the request from the ID', () => {
    expect(requestedAtOf(executionId)).toBe(REQUESTED_AT);
  });

  it('counts attempts by kind and outcome', async () => {
    const place = { sequence: 1, at, path: 'a', attempt: 1 };
    const text = await textAfter([
      { ...place, type: 'attemptStarted' },
      { ...place, type: 'attemptSucceeded', output, usage },
      { ...place, type: 'attemptSucceeded', output, startedAt: at - 1_000 },
      { ...place, type: 'attemptSucceeded', output },
      { ...place, type: 'attemptFailed', failure, usage },
      { ...place, type: 'attemptCanceled', cause: 'siblingFailed' },
      { ...place, type: 'attemptAbandoned', cause: 'ownerDied' },
      { sequence: 1, at, path: 'a', type: 'nodeFailed', failure },
    ]);
    expect(text).toContain('iceos_attempts_total{kind="sandboxed",outcome="succeeded"} 1');
    expect(text).toContain('iceos_attempts_total{kind="sandboxed",outcome="failed"} 1');
    expect(text).toContain('iceos_attempts_total{kind="sandboxed",outcome="canceled"} 1');
    expect(text).toContain('iceos_attempts_total{kind="sandboxed",outcome="abandoned"} 1');
    expect(text).toContain('iceos_attempts_total{kind="inProcess",outcome="succeeded"} 2');
    expect(text).toContain('iceos_attempts_total{kind="inProcess",outcome="failed"} 1');
    expect(text).toContain('iceos_attempt_duration_seconds_sum{kind="inProcess"} 1');
    expect(text).toContain('iceos_attempt_duration_seconds_count{kind="sandboxed"} 2');
  });

  it('counts ends with the time since the request', async () => {
    const text = await textAfter([
      { sequence: 2, at, type: 'executionStarted', tools: {}, deadlineAt: at },
      { sequence: 3, at, type: 'executionSucceeded', output },
      { sequence: 3, at, type: 'executionFailed', failure },
      { sequence: 3, at, type: 'executionCanceled', stopped: [], quietMs: 0 },
    ]);
    expect(text).toContain('iceos_executions_started_total 1');
    for (const status of ['succeeded', 'failed', 'canceled']) {
      expect(text).toContain(`iceos_executions_finished_total{status="${status}"} 1`);
      expect(text).toContain(`iceos_execution_duration_seconds_sum{status="${status}"} 3`);
    }
  });

  it('counts skipped nodes, requests to cancel and pauses, and nothing for the rest', async () => {
    const text = await textAfter([
      {
        sequence: 1,
        at,
        type: 'executionRequested',
        blueprintId: 'b',
        version: 1,
        fingerprint: 'f',
        input: output,
        requestedBy: 'me',
      },
      { sequence: 2, at, path: 'a', type: 'nodeSkipped', cause: 'conditionFalse' },
      { sequence: 3, at, type: 'cancelRequested', requestedBy: 'me' },
      { sequence: 4, at, path: 'a[0]', type: 'bodySucceeded', output },
      { sequence: 5, at, type: 'pauseRequested', requestedBy: 'me' },
      { sequence: 6, at, type: 'executionPaused', cause: 'requested' },
      { sequence: 7, at, type: 'resumeRequested', requestedBy: 'me' },
      { sequence: 8, at, type: 'executionResumed' },
      { sequence: 9, at, type: 'executionPaused', cause: 'budgetSoftLimit' },
    ]);
    expect(text).toContain('iceos_executions_paused_total{cause="requested"} 1');
    expect(text).toContain('iceos_executions_paused_total{cause="budgetSoftLimit"} 1');
    expect(text).toContain('iceos_nodes_skipped_total{cause="conditionFalse"} 1');
    expect(text).toContain('iceos_cancel_requests_total 1');
    expect(text).toContain('iceos_executions_started_total 0');
  });
});
