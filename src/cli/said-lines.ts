import type { ShownDeltaFragment, ShownTextFragment } from './generated/graphql.ts';
import { withoutControls } from './text-width.ts';

/** Longer lines are shown in parts: a model may write a page without a break. */
const MAX_LINE_CHARS = 2_000;

/** Turns pieces of text into lines, each shown once, whatever was said of it before. */
export interface SaidLines {
  /** A piece of a running attempt; gives back the lines that it completes. */
  hear(delta: ShownDeltaFragment): readonly string[];
  /** The text so far of a node. */
  hearNode(node: ShownTextFragment): readonly string[];
  /** The unfinished line of an attempt that goes on to something else. */
  pause(of: { readonly path: string; readonly attempt: number }): readonly string[];
  /** The unfinished line of an attempt that has ended; without one, of all. */
  end(of?: { readonly path: string; readonly attempt: number }): readonly string[];
}

interface Held {
  readonly path: string;
  readonly attempt: number;
  end: number;
  rest: string;
}

export function createSaidLines(): SaidLines {
  const texts = new Map<string, Held>();

  function hear({ path, attempt, channel, offset, text }: ShownDeltaFragment): readonly string[] {
    const key = `${attempt} ${channel} ${path}`;
    const held = texts.get(key) ?? { path, attempt, end: 0, rest: '' };
    texts.set(key, held);
    const lines: string[] = [];
    if (offset > held.end) {
      if (held.rest !== '') lines.push(held.rest);
      lines.push(`(${offset - held.end} characters are missing)`);
      held.rest = '';
      held.end = offset;
    }
    const parts = (held.rest + text.slice(held.end - offset)).split('\n');
    held.end = Math.max(held.end, offset + text.length);
    held.rest = parts.pop() ?? '';
    lines.push(...parts);
    while (held.rest.length > MAX_LINE_CHARS) {
      lines.push(held.rest.slice(0, MAX_LINE_CHARS));
      held.rest = held.rest.slice(MAX_LINE_CHARS);
    }
    return lines.map((line) => toLine(path, line));
  }

  return {
    hear,
    hearNode: ({ path, attempt, text, textOffset, log, logOffset }) => [
      ...(text === null ? [] : hear({ path, attempt, channel: 'TEXT', offset: textOffset, text })),
      ...(log === null ? [] : hear({ path, attempt, channel: 'LOG', offset: logOffset, text: log })),
    ],
    pause(of) {
      const lines: string[] = [];
      for (const held of texts.values()) {
        if (held.path !== of.path || held.attempt !== of.attempt) continue;
        if (held.rest !== '') lines.push(toLine(held.path, held.rest));
        held.rest = '';
      }
      return lines;
    },
    end(of) {
      const lines: string[] = [];
      for (const [key, held] of texts) {
        if (of !== undefined && (held.path !== of.path || held.attempt !== of.attempt)) continue;
        if (held.rest !== '') lines.push(toLine(held.path, held.rest));
        texts.delete(key);
      }
      return lines;
    },
  };
}

/** As wide as the time of an event, which text has not. */
const INDENT = ' '.repeat(9);

const toLine = (path: string, line: string): string =>
  `${INDENT}  ${withoutControls(path)}  | ${withoutControls(line)}`.trimEnd();
