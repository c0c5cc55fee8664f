import type { CliDeps, Session } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { follow } from '../follow.ts';
import { FindExecutionDocument } from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import {
  createJsonPresenter,
  createLinePresenter,
  createLivePresenter,
  exitCodeOf,
  type FoundExecution,
  type Presenter,
} from '../show-execution.ts';

export interface WatchOptions {
  /** A cursor; undefined: from now for people, from the first event for lines and JSON. */
  readonly after: string | undefined;
  readonly json: boolean;
  /** One line for each event although a person looks. */
  readonly plain: boolean;
}

async function find(id: string, { client }: Session): Promise<FoundExecution> {
  const { execution } = await client.request(FindExecutionDocument, { id });
  if (!execution) {
    throw new CommandFailure(EXIT.badInput, `There is no execution with the ID "${id}". iceos list shows them.`);
  }
  return execution;
}

function present(options: WatchOptions, deps: CliDeps, { revision }: FoundExecution): Presenter {
  if (options.json) return createJsonPresenter(deps.terminal);
  if (options.plain || !deps.terminal.interactive) return createLinePresenter(deps.terminal);
  return createLivePresenter(deps.terminal, `${revision.name} v${revision.version}`, deps.now);
}

/** Shows an execution until it ends; the exit code says how. */
export async function watchExecution(id: string, options: WatchOptions, deps: CliDeps & Session): Promise<ExitCode> {
  const found = await find(id, deps);
  const isLive = deps.terminal.interactive && !options.json && !options.plain;
  const after = options.after ?? (isLive ? undefined : found.startCursor);
  const presenter = present(options, deps, found);
  let last: string | undefined = after;
  let ended: FoundExecution | undefined;
  try {
    for await (const heard of follow({ address: deps.address, executionId: id, after, signal: deps.signal })) {
      if (heard.type === 'message' && 'cursor' in heard.message) last = heard.message.cursor;
      presenter.hear(heard);
    }
    if (!deps.signal.aborted) ended = await find(id, deps);
  } finally {
    presenter.close(ended);
  }
  if (ended !== undefined) return exitCodeOf(ended.status);
  const again = last === undefined ? '' : ` --after ${last}`;
  deps.terminal.error(`The execution goes on. Watch it again: iceos watch ${id}${again}\nStop it: iceos cancel ${id}`);
  return EXIT.detached;
}

/** `iceos watch ID`: shows an execution until it ends. */
export async function watch(id: string, options: WatchOptions, deps: CliDeps): Promise<ExitCode> {
  return watchExecution(id, options, { ...deps, ...(await openSession(deps)) });
}
