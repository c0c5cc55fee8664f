import { MIB } from '../core/units.ts';
import { SandboxReceipt } from '../usage/receipt.ts';

/**
 * What a receipt in the journal leaves out, as most of them say it. A part of the format: a journal of years ago is read
 * with it, so no value may change, and a member that receipts gain later needs one here.
 */
const LEFT_OUT = {
  profile: 'js',
  layer: 'full',
  cpuMs: 0,
  source: 'supervisor',
  reused: false,
  bytesIn: 0,
  bytesOut: 0,
  hostCalls: 0,
  hostBytesSent: 0,
  hostBytesReceived: 0,
  outcome: 'succeeded',
} as const;
const LEFT_OUT_LIMITS = {
  timeoutMs: 60_000,
  cpuMs: 120_000,
  memoryBytes: 256 * MIB,
  outputBytes: 16 * MIB,
  processes: 64,
  scratchBytes: 64 * MIB,
} as const;

const { shape } = SandboxReceipt;
const limits = shape.limits.shape;
const RecordedLimits = shape.limits.extend({
  timeoutMs: limits.timeoutMs.default(LEFT_OUT_LIMITS.timeoutMs),
  cpuMs: limits.cpuMs.default(LEFT_OUT_LIMITS.cpuMs),
  memoryBytes: limits.memoryBytes.default(LEFT_OUT_LIMITS.memoryBytes),
  outputBytes: limits.outputBytes.default(LEFT_OUT_LIMITS.outputBytes),
  processes: limits.processes.default(LEFT_OUT_LIMITS.processes),
  scratchBytes: limits.scratchBytes.default(LEFT_OUT_LIMITS.scratchBytes),
});

/** A receipt as an event carries it: reads the short form of the journal, and gives the whole one. */
export const RecordedReceipt = SandboxReceipt.extend({
  profile: shape.profile.default(LEFT_OUT.profile),
  layer: shape.layer.default(LEFT_OUT.layer),
  limits: RecordedLimits.default(LEFT_OUT_LIMITS),
  cpuMs: shape.cpuMs.default(LEFT_OUT.cpuMs),
  source: shape.source.default(LEFT_OUT.source),
  reused: shape.reused.default(LEFT_OUT.reused),
  bytesIn: shape.bytesIn.default(LEFT_OUT.bytesIn),
  bytesOut: shape.bytesOut.default(LEFT_OUT.bytesOut),
  hostCalls: shape.hostCalls.default(LEFT_OUT.hostCalls),
  hostBytesSent: shape.hostBytesSent.default(LEFT_OUT.hostBytesSent),
  hostBytesReceived: shape.hostBytesReceived.default(LEFT_OUT.hostBytesReceived),
  outcome: shape.outcome.default(LEFT_OUT.outcome),
  grants: shape.grants.default(() => []),
});

/** The short form of a receipt. A usual one takes 98 bytes with it and 383 without; the usage that it replaces took 68. */
export function toRecordedReceipt(receipt: SandboxReceipt): object {
  const { limits: allowed, grants, ...rest } = receipt;
  const differing = without(allowed, LEFT_OUT_LIMITS);
  return {
    ...without(rest, LEFT_OUT),
    ...(Object.keys(differing).length > 0 && { limits: differing }),
    ...(grants.length > 0 && { grants }),
  };
}

function without(members: object, leftOut: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(members).filter(([name, value]) => value !== undefined && value !== leftOut[name]),
  );
}
