import type { SandboxReceipt as SandboxReceiptOf } from '../../usage/receipt.ts';
import { builder } from '../builder.ts';
import { CgroupVersion, SandboxLayer, SandboxOutcome, SandboxProfile, UsageSource } from './sandbox-enums.ts';

const SandboxLimits = builder.objectRef<SandboxReceiptOf['limits']>('SandboxLimits').implement({
  description: 'The most that one attempt may use; reaching a limit ends the attempt.',
  fields: (t) => ({
    timeoutMs: t.expose('timeoutMs', { type: 'SafeInt', description: 'Elapsed ms.' }),
    cpuMs: t.expose('cpuMs', { type: 'SafeInt', description: 'CPU time in ms, of all its threads together.' }),
    memoryBytes: t.expose('memoryBytes', {
      type: 'SafeInt',
      description: 'RAM in bytes that it may need beyond an idle worker: heap and buffers.',
    }),
    outputBytes: t.expose('outputBytes', { type: 'SafeInt', description: 'Of its output as JSON, in bytes.' }),
    processes: t.expose('processes', {
      type: 'SafeInt',
      description: 'Processes and threads at once. 0: not bounded in this layer.',
    }),
    scratchBytes: t.expose('scratchBytes', {
      type: 'SafeInt',
      description: 'Of the scratch folder, in bytes. 0: nothing is writable.',
    }),
  }),
});

export const SandboxReceipt = builder.objectRef<SandboxReceiptOf>('SandboxReceipt').implement({
  description:
    'What one attempt in the sandbox was allowed, what it used and how its worker ended: measured by somebody to whom the ' +
    'code cannot lie.',
  fields: (t) => ({
    outcome: t.expose('outcome', { type: SandboxOutcome, description: 'How the worker ended.' }),
    deniedCall: t.exposeString('deniedCall', {
      nullable: true,
      description:
        'The system call for which the kernel stopped it, such as `ptrace`. Null: it was not stopped for one.',
    }),
    profile: t.expose('profile', { type: SandboxProfile, description: 'What this kind of worker may do.' }),
    layer: t.expose('layer', { type: SandboxLayer, description: 'What confined it.' }),
    cgroup: t.expose('cgroup', {
      type: CgroupVersion,
      nullable: true,
      description: 'Which control groups bounded all its processes together. Null: none did.',
    }),
    hasProc: t.exposeBoolean('hasProc', {
      nullable: true,
      description:
        'Whether its private root has a `/proc`. False: the machine masks its own, so it is empty. Null: no private root.',
    }),
    limits: t.expose('limits', { type: SandboxLimits, description: 'What it was allowed.' }),
    reused: t.exposeBoolean('reused', { description: 'Whether the worker had served other calls before.' }),
    bytesIn: t.expose('bytesIn', { type: 'SafeInt', description: 'Bytes that went into the worker, input included.' }),
    bytesOut: t.expose('bytesOut', {
      type: 'SafeInt',
      description: 'Bytes that came out of it: over its channel, and as text on its standard output and error.',
    }),
    hostCalls: t.expose('hostCalls', { type: 'SafeInt', description: 'Requests that it made to the broker.' }),
    hostBytesSent: t.expose('hostBytesSent', {
      type: 'SafeInt',
      description: 'Bytes that the broker sent outside for it.',
    }),
    hostBytesReceived: t.expose('hostBytesReceived', {
      type: 'SafeInt',
      description: 'Bytes that the broker received from outside for it, counted after decompression.',
    }),
    grants: t.exposeStringList('grants', {
      description:
        'What it might reach outside: `host api.example.com:443`, `folder lockfiles`, `secret token`. Empty: nothing.',
    }),
  }),
});

builder.objectFields(SandboxReceipt, (t) => ({
  cpuMs: t.field({
    type: 'SafeInt',
    description:
      'CPU time in ms, rounded, of the worker and all that it started. 0 also where nobody could measure it.',
    resolve: ({ cpuMs }) => Math.round(cpuMs),
  }),
  wallMs: t.field({
    type: 'SafeInt',
    description: 'Elapsed ms, rounded, from the call to its end; the wait for a worker is not in it.',
    resolve: ({ wallMs }) => Math.round(wallMs),
  }),
  peakMemoryBytes: t.field({
    type: 'SafeInt',
    description: 'Most resident RAM in bytes. 0: nobody could measure it.',
    resolve: ({ peakMemoryBytes }) => Math.round(peakMemoryBytes),
  }),
  source: t.expose('source', { type: UsageSource, description: 'Who measured CPU time and RAM.' }),
}));
