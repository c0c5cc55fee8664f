/** A node of an execution as the live view shows it. */
export interface WatchedNode {
  readonly path: string;
  readonly kind: string;
  readonly status: NodeStatus;
  readonly attempt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  /** When the next attempt begins. */
  readonly retryAt: number | undefined;
  readonly progress: Progress | undefined;
  readonly failure: string | undefined;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export type NodeStatus = 'BLOCKED' | 'READY' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED' | 'CANCELED';

export type ExecutionStatus = 'PENDING' | 'RUNNING' | 'WAITING' | 'PAUSED' | 'SUCCEEDED' | 'FAILED' | 'CANCELED';

/** An execution as the live view shows it. */
export interface WatchedExecution {
  readonly status: ExecutionStatus;
  readonly progress: Progress;
  readonly requestedAt: number;
  readonly finishedAt: number | undefined;
  readonly failure: string | undefined;
}

/** What the live view knows. */
export interface WatchState {
  readonly title: string;
  readonly execution: WatchedExecution | undefined;
  /** In the order in which the server lists them. */
  readonly nodes: ReadonlyMap<string, WatchedNode>;
  /** The end of what was said last of a node, by its path; of a loop, by any of its iterations. */
  readonly said: ReadonlyMap<string, Said>;
  /** The latest step of an agent or a swarm, by the path as above. */
  readonly steps: ReadonlyMap<string, Step>;
  /** Set while there is no connection. */
  readonly reconnecting: boolean;
}

/** A piece of what a running attempt says. */
export interface Said {
  readonly path: string;
  readonly attempt: number;
  readonly text: string;
}

/** What an agent did last, in a few words. */
export type Step = Said;

/** Enough for the last line on the widest terminal. */
const SAID_CHARS = 1_000;

/** What a subscription brings, whatever the transport. */
export type WatchMessage =
  | {
      readonly type: 'snapshot';
      readonly execution: WatchedExecution;
      readonly nodes: readonly WatchedNode[];
      readonly said?: readonly Said[];
    }
  | { readonly type: 'said'; readonly said: Said }
  | {
      readonly type: 'events';
      readonly execution: WatchedExecution;
      readonly nodes: readonly WatchedNode[];
      readonly steps?: readonly Step[];
    }
  | { readonly type: 'reconnecting' };

export const emptyWatch = (title: string): WatchState => ({
  title,
  execution: undefined,
  nodes: new Map(),
  said: new Map(),
  steps: new Map(),
  reconnecting: false,
});

const byPath = (nodes: readonly WatchedNode[]): (readonly [string, WatchedNode])[] =>
  nodes.map((node) => [node.path, node] as const);

/** The state after a message: a snapshot replaces what is held, a batch updates the nodes that it touched. */
export function watchNext(state: WatchState, message: WatchMessage): WatchState {
  switch (message.type) {
    case 'reconnecting':
      return { ...state, reconnecting: true };
    case 'snapshot':
      return {
        ...state,
        reconnecting: false,
        execution: message.execution,
        nodes: new Map(byPath(message.nodes)),
        said: (message.said ?? []).reduce(withSaid, new Map()),
      };
    case 'said':
      return { ...state, said: withSaid(state.said, message.said) };
    case 'events': {
      const nodes = new Map([...state.nodes, ...byPath(message.nodes)]);
      const steps = new Map([
        ...state.steps,
        ...(message.steps ?? []).map((step) => [shownPathOf(step), step] as const),
      ]);
      return { ...state, reconnecting: false, execution: message.execution, nodes, steps };
    }
  }
}

/** Iterations of a loop have no line of their own. */
const shownPathOf = ({ path }: Said): string => path.split('[')[0] ?? path;

function withSaid(all: WatchState['said'], said: Said): WatchState['said'] {
  const { path, attempt, text } = said;
  const shownPath = shownPathOf(said);
  const before = all.get(shownPath);
  // Text of another attempt, or of another iteration, begins anew.
  const tail = before?.path === path && before.attempt === attempt ? before.text : '';
  return new Map([...all, [shownPath, { path, attempt, text: (tail + text).slice(-SAID_CHARS) }]]);
}

export const isOver = (status: ExecutionStatus): boolean =>
  status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELED';
