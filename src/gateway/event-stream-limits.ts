import type { GraphQLError } from 'graphql';
import type { Viewer } from '../use-cases/viewer.ts';
import { refusal } from './problem.ts';
import { viewerKey } from './viewer-key.ts';

/** How many streams of server-sent events there may be. Each is a setting. */
export interface EventStreamLimits {
  /** Open in this process. */
  readonly maxEventStreams: number;
  readonly maxEventStreamsPerViewer: number;
  /** How long a client may leave a full socket unread before it is let go. */
  readonly stalledStreamMs: number;
}

/** The open streams of this process, and of each viewer. */
export interface EventStreamCounts {
  /** Why a further one may not be; undefined: it is counted until `remove`, which must be called once. */
  add(viewer: Viewer): GraphQLError | undefined;
  remove(viewer: Viewer): void;
}

export function createEventStreamCounts(limits: EventStreamLimits): EventStreamCounts {
  const { maxEventStreams: most, maxEventStreamsPerViewer: mostOfViewer } = limits;
  const counts = new Map<string, number>();
  let all = 0;
  return {
    add(viewer) {
      const key = viewerKey(viewer);
      const count = counts.get(key) ?? 0;
      if (all >= most)
        return tooMany(`This server process has ${most} event streams, which is the limit (ICEOS_MAX_EVENT_STREAMS)`);
      if (count >= mostOfViewer)
        return tooMany(
          `You have ${mostOfViewer} event streams, which is the limit (ICEOS_MAX_EVENT_STREAMS_PER_VIEWER)`,
        );
      counts.set(key, count + 1);
      all += 1;
      return undefined;
    },
    remove(viewer) {
      const key = viewerKey(viewer);
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
      all -= 1;
    },
  };
}

const tooMany = (what: string): GraphQLError =>
  refusal('RATE_LIMITED', `${what}. End one first, or use one WebSocket for many subscriptions.`);
