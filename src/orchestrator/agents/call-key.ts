import { createHash } from 'node:crypto';
import type { Json } from '../../core/json.ts';
import type { CallPlace } from './agent-tool.ts';

interface KeyedCall {
  /** The idempotency key of the node. */
  readonly nodeKey: string;
  readonly at: CallPlace;
  readonly tool: string;
  readonly input: Json;
}

/**
 * Equal whenever the same call is made again: after a crash, as its turn is recorded. A retry that asks the model anew may
 * come to another call at the same place, which is another one.
 */
export const callKeyOf = ({ nodeKey, at: { thread, turn, call }, tool, input }: KeyedCall): string =>
  hashOf(nodeKey, thread, String(turn), String(call), tool, JSON.stringify(input));

/** A UUID (RFC 9562, version 8) that is the same for the same parts: what is kept under it is kept once. */
export function uuidOf(...parts: readonly string[]): string {
  const hex = hashOf(...parts);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');
