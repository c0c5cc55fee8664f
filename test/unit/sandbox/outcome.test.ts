import { describe, expect, it } from 'vitest';
import type { Removal } from '../../../src/sandbox/launch.ts';
import { outcomeOfEnd, withRemoval } from '../../../src/sandbox/outcome.ts';
import { DEFAULT_LIMITS } from '../../../src/usage/limits.ts';

const ended = { type: 'ended', exitCode: null, signal: null, errorText: '' } as const;

describe('The end of a worker without an answer', () => {
  it.each([
    [{ by: 'wall', signal: 'SIGKILL' }, 'timedOut'],
    [{ by: 'cpu', signal: 'SIGKILL' }, 'cpuExceeded'],
    [{ by: 'denied', signal: 'SIGKILL', deniedCall: 'ptrace' }, 'policyViolated'],
    [{ signal: 'SIGSYS' }, 'policyViolated'],
    [{ signal: 'SIGXCPU' }, 'cpuExceeded'],
    [{ signal: 'SIGXFSZ' }, 'diskExceeded'],
    [{ signal: 'SIGABRT', errorText: 'FATAL ERROR: Reached heap limit Allocation failed' }, 'memoryExceeded'],
    [{ signal: 'SIGTRAP', errorText: '# Fatal process OOM in Failed to reserve virtual memory' }, 'memoryExceeded'],
    [{ signal: 'SIGILL', errorText: '# Fatal javascript OOM in MemoryChunk allocation failed' }, 'memoryExceeded'],
    [{ exitCode: 134, errorText: 'JavaScript heap out of memory' }, 'memoryExceeded'],
    [{ signal: 'SIGTRAP' }, 'memoryExceeded'],
    [{ signal: 'SIGTRAP', errorText: 'abort: CSA_DCHECK failed' }, 'signaled'],
    [{ signal: 'SIGABRT', errorText: 'uv_thread_create(&thread) failed' }, 'processesExceeded'],
    [{ signal: 'SIGABRT', errorText: 'what():  Resource temporarily unavailable' }, 'processesExceeded'],
    [{ signal: 'SIGABRT' }, 'signaled'],
    [{ signal: 'SIGKILL' }, 'signaled'],
    [{ exitCode: 7 }, 'exited'],
  ] as const)('of %j is %s', (end, kind) => {
    expect(outcomeOfEnd({ ...ended, ...end }, DEFAULT_LIMITS).kind).toBe(kind);
  });
});

describe('What its removal adds', () => {
  const signaled = { kind: 'signaled', message: 'ended' } as const;
  it('explains an end that nothing else does', () => {
    expect(withRemoval(signaled, { gone: true, metMemory: true }, DEFAULT_LIMITS).kind).toBe('memoryExceeded');
    expect(withRemoval(signaled, { gone: true, metProcesses: true }, DEFAULT_LIMITS).kind).toBe('processesExceeded');
    expect(withRemoval(signaled, { gone: true }, DEFAULT_LIMITS)).toBe(signaled);
    const used = (cpuMs: number): Removal => ({ gone: true, used: { cpuMs, peakMemoryBytes: 1 } });
    const { cpuMs } = DEFAULT_LIMITS;
    expect(withRemoval(signaled, used(cpuMs + 1_500), DEFAULT_LIMITS).kind).toBe('cpuExceeded');
    expect(withRemoval(signaled, used(cpuMs + 500), DEFAULT_LIMITS)).toBe(signaled);
  });
  it('leaves an answer and a known limit as they are, and says when something is left', () => {
    const answered = { kind: 'succeeded', output: 1 } as const;
    expect(withRemoval(answered, { gone: true, metMemory: true }, DEFAULT_LIMITS)).toBe(answered);
    expect(withRemoval(answered, { gone: false }, DEFAULT_LIMITS).kind).toBe('sandboxFailed');
  });
});
