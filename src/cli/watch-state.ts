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
  /** Set while there is no connection. */
  readonly reconnecting: boolean;
}

/** What a subscription brings, whatever the transport. */
export type WatchMessage =
  | { readonly type: 'snapshot'; readonly execution: WatchedExecution; readonly nodes: readonly WatchedNode[] }
  | { readonly type: 'events'; readonly execution: WatchedExecution; readonly nodes: readonly WatchedNode[] }
  | { readonly type: 'reconnecting' };

export const emptyWatch = (title: string): WatchState => ({
  title,
  execution: undefined,
  nodes: new Map(),
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
      return { ...state, reconnecting: false, execution: message.execution, nodes: new Map(byPath(message.nodes)) };
    case 'events': {
      const nodes = new Map([...state.nodes, ...byPath(message.nodes)]);
      return { ...state, reconnecting: false, execution: message.execution, nodes };
    }
  }
}

export const isOver = (status: ExecutionStatus): boolean =>
  status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELED';
