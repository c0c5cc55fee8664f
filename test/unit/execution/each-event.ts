import { someReceipt } from '../../support/sandbox.ts';
import type { ExecutionEvent } from '../../../src/execution/events.ts';

/** One event of each type, with all that it may carry; what was measured as a usage, or as the receipt of a sandbox. */
export function eventOfEachType(): readonly ExecutionEvent[] {
  const usage = { cpuMs: 1.5, wallMs: 2, peakMemoryBytes: 3 };
  const receipt = someReceipt({
    ...{ outcome: 'policyViolated', deniedCall: 'ptrace', cgroup: 'v2', hasProc: false, reused: true },
    ...{ grants: ['host api.example.com:443'], hostCalls: 2, cpuMs: 1.25 },
  });
  const failure = { reason: 'threw', message: 'It broke.', retryable: true, path: 'a' } as const;
  const at = 1_700_000_000_000;
  return [
    {
      ...{ type: 'executionRequested', sequence: 1, at, blueprintId: 'b', version: 1, fingerprint: 'f' },
      ...{ input: { inline: { n: 1 } }, maxWallMs: 5, budget: { maxCostUsdMicros: 9, softCostUsdMicros: 7 } },
      requestedBy: 'test',
    },
    {
      type: 'executionStarted',
      sequence: 2,
      at,
      tools: { 'text.template': '1.0.0' },
      agents: { ada: '1.0.0' },
      models: { fast: 'p:m' },
      deadlineAt: at + 1,
    },
    {
      ...{ type: 'attemptStarted', sequence: 3, at, path: 'l', attempt: 1 },
      opened: { kind: 'loop', items: { inline: [1] }, count: 1 },
    },
    {
      type: 'attemptSucceeded',
      sequence: 4,
      at,
      path: 'a',
      attempt: 1,
      startedAt: at,
      output: { inline: 'done' },
      usage,
    },
    { type: 'attemptFailed', sequence: 5, at, path: 'a', attempt: 1, failure, receipt, retryAt: at + 9 },
    { type: 'attemptAbandoned', sequence: 6, at, path: 'a', attempt: 2, cause: 'ownerDied' },
    {
      type: 'attemptCanceled',
      sequence: 7,
      at,
      path: 'a',
      attempt: 2,
      cause: 'notNeeded',
      receipt: someReceipt({ outcome: 'canceled' }),
    },
    { type: 'nodeFailed', sequence: 8, at, path: 'a', failure },
    { type: 'nodeSkipped', sequence: 9, at, path: 'a', cause: 'conditionFalse' },
    { type: 'bodySucceeded', sequence: 10, at, path: 'l[0]', output: { artifact: 'a'.repeat(64), bytes: 300_000 } },
    { type: 'cancelRequested', sequence: 11, at, requestedBy: 'test', reason: 'enough' },
    { type: 'pauseRequested', sequence: 12, at, requestedBy: 'test', reason: 'lunch' },
    { type: 'executionPaused', sequence: 13, at, cause: 'budgetSoftLimit' },
    { type: 'resumeRequested', sequence: 14, at, requestedBy: 'test', budget: { softCostUsdMicros: 8 } },
    { type: 'executionResumed', sequence: 15, at },
    {
      ...{ type: 'agentTurned', sequence: 16, at, path: 'g', attempt: 1, step: 1, thread: '', agent: 'ada', turn: 1 },
      ...{ model: 'fast', value: { inline: { text: 'Hm.', toolCalls: [] } }, finish: 'toolCalls' },
      ...{ inputTokens: 3, outputTokens: 2, costUsdMicros: 1 },
    },
    {
      ...{ type: 'toolCalled', sequence: 17, at, path: 'g', attempt: 1, step: 2, thread: '', agent: 'ada', turn: 1 },
      ...{ call: 0, tool: 'text.template', value: { inline: 'x' }, isError: false, receipt },
    },
    {
      ...{ type: 'taskHandedOver', sequence: 18, at, path: 'g', attempt: 1, step: 3, thread: '1.0/grace' },
      ...{ agent: 'ada', to: 'grace', value: { inline: 'Look.' } },
    },
    {
      ...{ type: 'voteCast', sequence: 19, at, path: 'g', attempt: 1, step: 4, thread: '1/vote/ada', agent: 'ada' },
      ...{ round: 1, choice: 'grace', score: 1, reason: 'Clear.' },
    },
    {
      ...{ type: 'roundEnded', sequence: 20, at, path: 'g', attempt: 1, step: 5, thread: '', round: 1 },
      ...{ choice: 'grace', tally: { grace: 2 } },
    },
    {
      ...{ type: 'noteWritten', sequence: 21, at, path: 'g', attempt: 1, step: 6, thread: '', agent: 'ada' },
      ...{ key: 'k', bytes: 3, value: { inline: 'v' } },
    },
    {
      ...{ type: 'pastRecalled', sequence: 22, at, path: 'g', attempt: 1, step: 7, thread: '', agent: 'ada' },
      ...{ memory: 'chat', session: 's', episodes: 1, value: { inline: ['Before.'] } },
    },
    { type: 'executionSucceeded', sequence: 23, at, output: { inline: null } },
    { type: 'executionFailed', sequence: 24, at, failure },
    { type: 'executionCanceled', sequence: 25, at, stopped: [{ path: 'a', attempt: 2 }], quietMs: 3 },
  ];
}
