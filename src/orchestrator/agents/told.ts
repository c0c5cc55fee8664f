import type { Json } from '../../core/json.ts';
import { KIB } from '../../core/units.ts';

/** What a model is told of one output, as JSON; the rest is cut. */
const MAX_TOLD_BYTES = 64 * KIB;
/** Of all outputs of one turn: a turn of many calls is told less of each. */
const MAX_TOLD_BYTES_PER_TURN = 512 * KIB;

/** A value that a model can be told: as it is, or the beginning of its JSON. */
export function cut(value: Json, callsOfTurn = 1): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  const most = Math.min(MAX_TOLD_BYTES, Math.floor(MAX_TOLD_BYTES_PER_TURN / callsOfTurn));
  if (bytes <= most) return value;
  const start = Buffer.from(text)
    .subarray(0, most)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${start}\n[cut: ${bytes} bytes, of which these are the first ${most}]`;
}

/** What a task says, whatever its type. */
export const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
