import { builder } from '../builder.ts';

export const SandboxProfile = builder.enumType('SandboxProfile', {
  description: 'What a kind of worker may do.',
  values: {
    JS: { value: 'js', description: 'JavaScript: it starts no process and opens no socket.' },
    SHELL: {
      value: 'shell',
      description: 'Other languages: it may start processes in its private root, and opens no socket.',
    },
  } as const,
});

export const SandboxLayer = builder.enumType('SandboxLayer', {
  description: 'What confines a worker; each has what the ones before it have.',
  values: {
    DEVELOPMENT: { value: 'development', description: 'Nothing: a timeout and a bound on its output alone.' },
    BASE: { value: 'base', description: 'Limits, no new privileges, Landlock and seccomp.' },
    FULL: { value: 'full', description: 'That, and namespaces with a private root.' },
  } as const,
});

export const CgroupVersion = builder.enumType('CgroupVersion', {
  description: 'Which control groups of Linux bound all processes of a worker together.',
  values: {
    V1: { value: 'v1', description: 'A hierarchy for each resource.' },
    V2: { value: 'v2', description: 'One hierarchy for all resources.' },
  } as const,
});

export const UsageSource = builder.enumType('UsageSource', {
  description: 'Who measured what an attempt used.',
  values: {
    SUPERVISOR: {
      value: 'supervisor',
      description: 'The parent process of the worker, at its end: exact, with all its children.',
    },
    DELTA: { value: 'delta', description: 'The same, before and after one call of a worker that serves several.' },
    WORKER: {
      value: 'worker',
      description: 'The worker itself: only in the DEVELOPMENT layer, and not proof against lies.',
    },
    PROC: {
      value: 'proc',
      description: 'A look at `/proc` now and then: only in the DEVELOPMENT layer, and less than it was.',
    },
    NONE: { value: 'none', description: 'Nobody: no worker was started, or it was gone too soon.' },
  } as const,
});

export const SandboxOutcome = builder.enumType('SandboxOutcome', {
  description: 'How a worker ended. More may come in minor releases.',
  values: {
    SUCCEEDED: { value: 'succeeded', description: 'It answered.' },
    THREW: { value: 'threw', description: 'The code threw, or answered what is no JSON.' },
    EXITED: { value: 'exited', description: 'Its process ended by itself before it answered.' },
    SIGNALED: { value: 'signaled', description: 'A signal ended its process before it answered.' },
    TIMED_OUT: { value: 'timedOut', description: 'It took longer than `limits.timeoutMs`.' },
    CPU_EXCEEDED: { value: 'cpuExceeded', description: 'It used more CPU time than `limits.cpuMs`.' },
    MEMORY_EXCEEDED: { value: 'memoryExceeded', description: 'It needed more RAM than `limits.memoryBytes`.' },
    OUTPUT_EXCEEDED: { value: 'outputExceeded', description: 'Its output, or the text that it wrote, was too large.' },
    PROCESSES_EXCEEDED: {
      value: 'processesExceeded',
      description: 'It wanted more processes than `limits.processes`.',
    },
    DISK_EXCEEDED: { value: 'diskExceeded', description: 'It wrote more than `limits.scratchBytes`.' },
    POLICY_VIOLATED: {
      value: 'policyViolated',
      description: 'The kernel stopped it for a system call; see `deniedCall`.',
    },
    BROKE_PROTOCOL: {
      value: 'brokeProtocol',
      description: 'It wrote what is no message on the channel of the sandbox.',
    },
    CANCELED: { value: 'canceled', description: 'It was stopped because nobody needed it any more.' },
    SANDBOX_FAILED: {
      value: 'sandboxFailed',
      description: 'No worker could be started or confined: no fault of the code.',
    },
  } as const,
});
