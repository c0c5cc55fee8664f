import type { Style } from './style.ts';
import { column, duration, fit, oneLine, textWidth } from './text-width.ts';
import { isOver, type NodeStatus, type Progress, type Step, type WatchedNode, type WatchState } from './watch-state.ts';

/** Where the view is drawn. */
export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly style: Style;
}

const MARKS: Readonly<Record<NodeStatus, string>> = {
  BLOCKED: '·',
  READY: '·',
  RUNNING: '▶',
  WAITING: '↻',
  SUCCEEDED: '✓',
  FAILED: '✗',
  SKIPPED: '–',
  CANCELED: '■',
};
// What is kept when there are more nodes than rows: where something happens or went wrong comes first.
const URGENCY: Readonly<Record<NodeStatus, number>> = {
  RUNNING: 0,
  FAILED: 0,
  WAITING: 1,
  READY: 2,
  CANCELED: 3,
  SUCCEEDED: 4,
  BLOCKED: 5,
  SKIPPED: 6,
};
const MAX_NAME = 32;
const TIME_COLUMNS = 10;
const BAR_COLUMNS = 20;
/** Title, blank line, the line of what is left out, and one that stays free for the cursor. */
const OTHER_ROWS = 4;

/** The live view as lines, each within the canvas: pure, so that a terminal, a test and the demo draw the same. */
export function renderWatch(state: WatchState, canvas: Canvas): readonly string[] {
  const nodes = [...state.nodes.values()];
  const shown = chooseNodes(nodes, Math.max(1, canvas.rows - OTHER_ROWS));
  const nameColumns = Math.min(MAX_NAME, Math.max(8, ...nodes.map((node) => textWidth(label(node)))));
  const lineOf = (node: WatchedNode): string =>
    nodeLine(
      { node, step: stepOf(state.steps.get(node.path), node), said: state.said.get(node.path)?.text },
      nameColumns,
      canvas,
    );
  const lines = [titleLine(state, canvas), '', ...shown.map(lineOf)];
  if (shown.length < nodes.length) lines.push(restLine(nodes, shown, canvas));
  if (state.reconnecting) lines.push(canvas.style.yellow(fit('  no connection, trying again', canvas.columns)));
  const failure = state.execution?.failure;
  if (failure !== undefined) lines.push('', canvas.style.red(fit(`  ${oneLine(failure)}`, canvas.columns)));
  return lines;
}

function titleLine(state: WatchState, { columns, now, style }: Canvas): string {
  const { execution } = state;
  if (execution === undefined) return fit(`${oneLine(state.title)}  waiting for the server`, columns);
  const { done, total } = execution.progress;
  const took = duration((execution.finishedAt ?? now) - execution.requestedAt);
  const right = `${execution.status.toLowerCase()}  ${took}  ${done}/${total}`;
  const left = fit(oneLine(state.title), Math.max(0, columns - textWidth(right) - 2));
  const gap = ' '.repeat(Math.max(1, Math.min(columns, 78) - textWidth(left) - textWidth(right)));
  const plain = `${left}${gap}${right}`;
  if (textWidth(plain) > columns) return fit(plain, columns);
  return `${style.bold(left)}${gap}${colourOf(execution.status, style)(right)}`;
}

function chooseNodes(nodes: readonly WatchedNode[], most: number): readonly WatchedNode[] {
  if (nodes.length <= most) return nodes;
  const ranked = nodes.map((node, place) => ({ node, place }));
  // Of equals the later one: among what succeeded the newest, as the list is in the order of the work.
  ranked.sort((a, b) => URGENCY[a.node.status] - URGENCY[b.node.status] || b.place - a.place);
  const kept = ranked.slice(0, most).sort((a, b) => a.place - b.place);
  return kept.map(({ node }) => node);
}

function restLine(nodes: readonly WatchedNode[], shown: readonly WatchedNode[], { columns, style }: Canvas): string {
  const visible = new Set(shown);
  const counts = new Map<string, number>();
  for (const node of nodes) {
    if (visible.has(node)) continue;
    const status = node.status.toLowerCase();
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const parts = [...counts].map(([status, count]) => `${count} ${status}`);
  return style.dim(fit(`  … and ${parts.join(', ')}`, columns));
}

const depth = (node: WatchedNode): number => (node.path.split('.').length - 1) >> 1;
const label = (node: WatchedNode): string =>
  '  '.repeat(depth(node)) +
  node.path
    .split('.')
    .slice(depth(node) === 0 ? 0 : -2)
    .join('.');

/** Of an earlier attempt it says nothing about this one; loops have no attempts. */
const stepOf = (step: Step | undefined, { path, attempt }: WatchedNode): string | undefined =>
  step === undefined || (step.path === path && step.attempt !== attempt) ? undefined : step.text;

interface ShownNode {
  readonly node: WatchedNode;
  readonly step: string | undefined;
  readonly said: string | undefined;
}

function nodeLine(shown: ShownNode, nameColumns: number, canvas: Canvas): string {
  const { node } = shown;
  const { columns, now, style } = canvas;
  const name = column(label(node), nameColumns);
  const time = column(timeOf(node, now), TIME_COLUMNS);
  const head = ` ${MARKS[node.status]} ${name}  ${time}`;
  const space = columns - textWidth(head) - 1;
  const colour = colourOf(node.status, style);
  if (space <= 0) return colour(fit(head.trimEnd(), columns));
  const rest = fit(detail(shown, now), space);
  if (rest === '') return colour(head.trimEnd());
  return `${colour(head)} ${node.status === 'FAILED' ? style.red(rest) : style.dim(rest)}`;
}

function timeOf(node: WatchedNode, now: number): string {
  if (node.startedAt === undefined) return '';
  return duration((node.finishedAt ?? now) - node.startedAt);
}

function detail({ node, step = '', said = '' }: ShownNode, now: number): string {
  const parts: string[] = [];
  if (node.progress !== undefined && node.progress.total > 0) parts.push(progressBar(node.progress, BAR_COLUMNS));
  if (node.attempt > 1) parts.push(`attempt ${node.attempt}`);
  if (node.retryAt !== undefined && node.finishedAt === undefined)
    parts.push(`again in ${duration(node.retryAt - now)}`);
  if (node.status === 'SKIPPED' || node.status === 'CANCELED') parts.push(node.status.toLowerCase());
  if (node.failure !== undefined) parts.push(oneLine(node.failure));
  if (node.status === 'RUNNING') parts.push(oneLine(step), lastLine(said));
  return parts.filter((part) => part !== '').join('  ');
}

const lastLine = (said: string): string => oneLine(said.trimEnd().split('\n').at(-1) ?? '');

/** `████████░░░░ 12/30`. */
export function progressBar({ done, total }: Progress, columns: number): string {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  // Full only when all is done.
  const filled = done >= total ? columns : Math.min(columns - 1, Math.floor(share * columns));
  return `${'█'.repeat(filled)}${'░'.repeat(columns - filled)} ${done}/${total}`;
}

function colourOf(
  status: NodeStatus | NonNullable<WatchState['execution']>['status'],
  style: Style,
): (text: string) => string {
  switch (status) {
    case 'RUNNING':
      return style.cyan;
    case 'WAITING':
    case 'PAUSED':
    case 'CANCELED':
      return style.yellow;
    case 'SUCCEEDED':
      return style.green;
    case 'FAILED':
      return style.red;
    case 'PENDING':
    case 'READY':
    case 'BLOCKED':
    case 'SKIPPED':
      return style.dim;
  }
}

/** True when the view will not change by time alone. */
export const isStill = (state: WatchState): boolean => state.execution !== undefined && isOver(state.execution.status);
