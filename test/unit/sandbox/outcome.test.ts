import { describe, expect, it } from 'vitest';
import { KEPT_CHARS } from '../../../src/sandbox/error-text.ts';
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
    [{ signal: 'SIGABRT', errorText: `uv_thread_create: it went on.${' '.repeat(KEPT_CHARS)}` }, 'signaled'],
    [{ signal: 'SIGABRT' }, 'signaled'],
    [{ signal: 'SIGKILL' }, 'signaled'],
    [{ exitCode: 7 }, 'exited'],
  ] as const)('of %j is %s', (end, kind) => {
    expect(outcomeOfEnd({ ...ended, ...end }, DEFAULT_LIMITS).kind).toBe(kind);
  });
});

describe('What its removal adds', () => {
  const LITTLE = { limits: DEFAULT_LIMITS, cpuMs: 0 };
  const signaled = { kind: 'signaled', message: 'ended' } as const;
  it('explains an end that nothing else does', () => {
    expect(withRemoval(signaled, { gone: true, metMemory: true }, LITTLE).kind).toBe('memoryExceeded');
    expect(withRemoval(signaled, { gone: true, metProcesses: true }, LITTLE).kind).toBe('processesExceeded');
    expect(withRemoval(signaled, { gone: true }, LITTLE)).toBe(signaled);
    const used = (cpuMs: number) => ({ limits: DEFAULT_LIMITS, cpuMs: DEFAULT_LIMITS.cpuMs + cpuMs });
    expect(withRemoval(signaled, { gone: true }, used(1_500)).kind).toBe('cpuExceeded');
    expect(withRemoval(signaled, { gone: true }, used(500))).toBe(signaled);
  });
  it('leaves an answer and a known limit as they are, and says when something is left', () => {
    const answered = { kind: 'succeeded', output: 1 } as const;
    expect(withRemoval(answered, { gone: true, metMemory: true }, LITTLE)).toBe(answered);
    expect(withRemoval(answered, { gone: false }, LITTLE).kind).toBe('sandboxFailed');
  });
});
