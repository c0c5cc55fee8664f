import type { SandboxReceipt } from '../usage/receipt.ts';
import { describeGrant } from './grant.ts';
import type { Confinement } from './launch.ts';
import { NOT_MEASURED, type MeasuredUsage } from './meter.ts';
import type { SandboxCall } from './sandbox.ts';

/** What is known of a call at its end; of one that never had a worker, nothing. */
export interface CallFacts extends Partial<
  Pick<
    SandboxReceipt,
    'reused' | 'bytesIn' | 'bytesOut' | 'hostCalls' | 'hostBytesSent' | 'hostBytesReceived' | 'deniedCall'
  >
> {
  readonly confinement?: Confinement | undefined;
  readonly measured?: MeasuredUsage | undefined;
}

/** The receipt of a call. */
export function receiptOf(
  { program, limits, grants }: SandboxCall,
  { layer, outcome, ...facts }: CallFacts & Pick<SandboxReceipt, 'layer' | 'outcome'>,
): SandboxReceipt {
  const { deniedCall, confinement } = facts;
  const profile = program.type === 'tool' && program.runtime !== undefined ? 'shell' : 'js';
  const { processes, scratchBytes, ...confined } = confinement ?? { profile, layer, processes: 0, scratchBytes: 0 };
  return {
    ...confined,
    limits: { ...limits, processes, scratchBytes },
    ...(facts.measured ?? NOT_MEASURED),
    reused: facts.reused ?? false,
    bytesIn: facts.bytesIn ?? 0,
    bytesOut: facts.bytesOut ?? 0,
    hostCalls: facts.hostCalls ?? 0,
    hostBytesSent: facts.hostBytesSent ?? 0,
    hostBytesReceived: facts.hostBytesReceived ?? 0,
    outcome,
    ...(deniedCall !== undefined && { deniedCall }),
    grants: grants.map(describeGrant),
  };
}
