import { toPointer } from '../core/json-pointer.ts';

/** What a text of JSON has beside its value: places, and names that are written twice in one object. */
export interface JsonScan {
  /** Offset of each value, or of its name where it has one, by JSON Pointer. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly duplicates: readonly { readonly pointer: string; readonly offset: number }[];
}

/** A list or object that the scan is inside of. */
interface Frame {
  readonly kind: '{' | '[';
  readonly names: Set<string>;
  /** The name or number of the member that comes or came last. */
  token: string | number;
}

/** Faults of this kind come in thousands or not at all. */
const MAX_DUPLICATES = 100;

/** One string, one opening or closing sign, or one scalar that is no string. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Looks through a text that `JSON.parse` accepts; it would keep the last of two members of one name and say nothing. */
export function scanJson(text: string): JsonScan {
  const offsets = new Map<string, number>();
  const duplicates: { pointer: string; offset: number }[] = [];
  const frames: Frame[] = [];
  let isName = false;
  const pointer = (): string => toPointer(frames.map((frame) => frame.token));
  for (const match of text.matchAll(TOKEN)) {
    const [sign] = match;
    const frame = frames.at(-1);
    if (sign === '}' || sign === ']') {
      frames.pop();
      isName = false;
    } else if (sign === ',') {
      isName = frame?.kind === '{';
      if (frame !== undefined && typeof frame.token === 'number') frame.token += 1;
    } else if (sign === ':') {
      isName = false;
    } else if (isName && frame !== undefined) {
      frame.token = String(JSON.parse(sign));
      if (frame.names.has(frame.token) && duplicates.length < MAX_DUPLICATES)
        duplicates.push({ pointer: pointer(), offset: match.index });
      offsets.set(pointer(), match.index);
      frame.names.add(frame.token);
    } else {
      if (frame?.kind !== '{') offsets.set(pointer(), match.index);
      if (sign === '{' || sign === '[') {
        frames.push({ kind: sign, names: new Set(), token: sign === '[' ? 0 : '' });
        isName = sign === '{';
      }
    }
  }
  return { offsets, duplicates };
}
