import { KIB, MIB } from '../core/units.ts';
import type { MessageSize } from '../protocol/channel.ts';
import { MAX_JSON_VALUES } from '../protocol/wire-json.ts';
import { BROKER_LIMITS } from './broker.ts';
import { brokeProtocol, outputExceeded } from './outcome.ts';
import type { SandboxCall, SandboxOutcome } from './sandbox.ts';

/** More messages than any call of ours sends: bounds the work that a flood of small valid ones makes. */
const MAX_MESSAGES = 20_000;
/** In all messages together: an output at its bound, and as much again for what goes before it. */
const MAX_VALUES = 2 * MAX_JSON_VALUES;
/** Beside the output: a thousand of the longest log lines, whatever their letters, and some small host calls. */
const MESSAGE_BYTES = 32 * MIB;
/** What host calls may ask with, of a call that was granted something: as much as they may receive. */
const REQUEST_BYTES = BROKER_LIMITS.totalBytes;

/** Counts what a call sends: to read it takes the server's time, whatever it says. */
export interface Allowance {
  /** The outcome of a call that has sent too much. */
  countMessage(size: MessageSize): SandboxOutcome | undefined;
  /** Of a value that was put together from pieces. */
  countValues(values: number): SandboxOutcome | undefined;
}

/** Makes what one call may send. */
export function createAllowance({ limits, grants }: Pick<SandboxCall, 'limits' | 'grants'>): Allowance {
  // Pieces of an output travel in base64.
  const maxBytes = 1.5 * limits.outputBytes + MESSAGE_BYTES + (grants.length > 0 ? REQUEST_BYTES : 0);
  let messages = 0;
  let bytes = 0;
  let values = 0;

  function countValues(more: number): SandboxOutcome | undefined {
    values += more;
    return values > MAX_VALUES
      ? brokeProtocol(`messages that hold more than ${MAX_VALUES} values and names`)
      : undefined;
  }

  return {
    countMessage(size) {
      messages += 1;
      bytes += size.bytes;
      if (messages > MAX_MESSAGES) return brokeProtocol(`more than ${MAX_MESSAGES} messages`);
      if (bytes > maxBytes) {
        const most = Math.floor(maxBytes / KIB);
        return outputExceeded(`It sent more than ${most} KiB of output, log lines and host calls.`);
      }
      return countValues(size.values);
    },
    countValues,
  };
}
