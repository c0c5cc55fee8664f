import type { Terminal } from './terminal.ts';

const ESC = '\u001B[';
// A terminal that knows synchronized output shows a frame at once; others ignore the mode.
const BEGIN_FRAME = `${ESC}?2026h`;
const END_FRAME = `${ESC}?2026l`;
const HIDE_CURSOR = `${ESC}?25l`;
const SHOW_CURSOR = `${ESC}?25h`;
const ERASE_TO_LINE_END = `${ESC}K`;
const ERASE_BELOW = `${ESC}J`;

/** Draws lines again and again in one place. */
export interface LiveScreen {
  /** Replaces what was drawn before. Lines must fit the width, or the place is lost. */
  draw(lines: readonly string[]): void;
  /** Leaves the last frame where it is and the cursor below it. */
  close(): void;
}

/** Overwrites line by line instead of erasing first, which is what flickers. */
export function createLiveScreen(terminal: Pick<Terminal, 'out'>): LiveScreen {
  let drawn: readonly string[] = [];
  let open = false;
  return {
    draw(lines) {
      if (open && lines.length === drawn.length && lines.every((line, place) => line === drawn[place])) return;
      const up = drawn.length > 0 ? `${ESC}${drawn.length}A` : '';
      const body = lines.map((line) => `\r${line}${ERASE_TO_LINE_END}\n`).join('');
      terminal.out(`${BEGIN_FRAME}${open ? '' : HIDE_CURSOR}${up}${body}${ERASE_BELOW}${END_FRAME}`);
      drawn = lines;
      open = true;
    },
    close() {
      if (open) terminal.out(SHOW_CURSOR);
      open = false;
      drawn = [];
    },
  };
}
