import { deniedCall, failureText } from './event-line.ts';
import type { ShownExecutionFragment, ShownNodeFragment } from './generated/graphql.ts';
import type { WatchedExecution, WatchedNode } from './watch-state.ts';

const instant = (text: string | null | undefined): number | undefined =>
  text === null || text === undefined ? undefined : Date.parse(text);

/** An execution as the API shows it, as the live view wants it. */
export const toWatchedExecution = (shown: ShownExecutionFragment): WatchedExecution => ({
  status: shown.status,
  progress: shown.progress,
  requestedAt: Date.parse(shown.requestedAt),
  finishedAt: instant(shown.finishedAt),
  failure: shown.failure ? failureText(shown.failure) : undefined,
});

/** A node as the API shows it, as the live view wants it. */
export const toWatchedNode = (shown: ShownNodeFragment): WatchedNode => ({
  path: shown.path,
  kind: shown.kind,
  status: shown.status,
  attempt: shown.attempt,
  startedAt: instant(shown.startedAt),
  finishedAt: instant(shown.finishedAt),
  retryAt: instant(shown.retryAt),
  progress: shown.progress ?? undefined,
  failure: shown.failure
    ? [shown.failure.message, ...deniedCall(shown.failure.message, shown.receipt)].join('  ')
    : undefined,
});
