import { textWidth } from '../../src/cli/text-width.ts';

/** A run of text of one look. */
interface Run {
  readonly column: number;
  readonly text: string;
  readonly look: string;
}
export type Frame = readonly string[];

const CELL = { width: 8.43, height: 19 };
const MARGIN = 18;
const BAR = 30;
const SECONDS_A_FRAME = 0.9;
/** How many turns the last frame stays, before it begins anew. */
const LAST_STAYS = 4;
const LOOKS: Readonly<Record<string, string>> = { 1: 'b', 2: 'd', 31: 'r', 32: 'g', 33: 'y', 36: 'c' };

/** What a live screen has drawn, frame by frame, out of all that went to its terminal. */
export function framesIn(said: string): readonly Frame[] {
  const drawn = said.matchAll(/\u001B\[\?2026h(.*?)\u001B\[J\u001B\[\?2026l/gs);
  return [...drawn].map(([, body = '']) =>
    body
      .replace(/\u001B\[(\?25l|\d+A)/g, '')
      .replaceAll(/\u001B\[K|\r/g, '')
      .replace(/\n$/, '')
      .split('\n'),
  );
}

/** `count` of them, spread evenly, with the last one. */
export const sample = (frames: readonly Frame[], count: number): readonly Frame[] =>
  frames.length <= count
    ? frames
    : Array.from(
        { length: count },
        (_, place) => frames[Math.round(((place + 1) * (frames.length - 1)) / count)] ?? [],
      );

function runsOf(line: string): readonly Run[] {
  const runs: Run[] = [];
  const looks = new Set<string>();
  let column = 0;
  for (const [, code, text] of line.matchAll(/\u001B\[(\d+)m|([^\u001B]+)/g)) {
    if (text !== undefined) {
      if (text.trim() !== '') runs.push({ column, text, look: [...looks].join(' ') });
      column += textWidth(text);
    } else if (code === '22') ['b', 'd'].forEach((look) => looks.delete(look));
    else if (code === '39') ['r', 'g', 'y', 'c'].forEach((look) => looks.delete(look));
    else if (code !== undefined && LOOKS[code] !== undefined) looks.add(LOOKS[code]);
  }
  return runs;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function lineOf(line: string, row: number): string {
  const spans = runsOf(line).map(({ column, text, look }) => {
    const start = text.length - text.trimStart().length;
    const x = (MARGIN + (column + start) * CELL.width).toFixed(1);
    return `<tspan x="${x}"${look === '' ? '' : ` class="${look}"`}>${escape(text.trim())}</tspan>`;
  });
  return spans.length === 0 ? '' : `<text y="${BAR + MARGIN + row * CELL.height}">${spans.join('')}</text>`;
}

/** Frames as one picture that moves, or stands still at the end for those who want or can show nothing that moves. */
export function picture(frames: readonly Frame[], columns: number): string {
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = BAR + MARGIN + Math.max(...frames.map((frame) => frame.length)) * CELL.height;
  const turns = frames.length - 1 + LAST_STAYS;
  const show = (name: string, many: number): string =>
    `@keyframes ${name}{0%{visibility:visible}${((100 * many) / turns).toFixed(2)}%,100%{visibility:hidden}}`;
  const groups = frames.map((frame, place) => {
    const last = place === frames.length - 1;
    // Before zero: each animation is under way from the begin, and what is visible without one is the last frame.
    const delay = ((place - turns) * SECONDS_A_FRAME).toFixed(1);
    return `<g class="f${last ? ' l' : ''}" style="animation-delay:${delay}s">${frame.map(lineOf).join('')}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The live view of an execution in a terminal">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d6deeb;white-space:pre}
.b{font-weight:700}.d{fill:#8294a8}.r{fill:#ff6b6b}.g{fill:#7bd88f}.y{fill:#ffd166}.c{fill:#5cc8ff}
.f{visibility:hidden;animation:s ${(turns * SECONDS_A_FRAME).toFixed(1)}s step-end infinite}.l{visibility:visible;animation-name:l}
${show('s', 1)}${show('l', LAST_STAYS)}
@media (prefers-reduced-motion:reduce){.f{animation:none}}
</style>
<rect width="${width}" height="${height}" rx="9" fill="#10161f"/>
<circle cx="20" cy="17" r="5.5" fill="#ff5f57"/><circle cx="38" cy="17" r="5.5" fill="#febc2e"/><circle cx="56" cy="17" r="5.5" fill="#28c840"/>
${groups.join('\n')}
</svg>
`;
}
