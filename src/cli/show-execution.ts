import { agentStep } from './agent-step.ts';
import { eventLine, failureText } from './event-line.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import type { Heard } from './follow.ts';
import type { FindExecutionQuery, ShownEventFragment, ShownTextFragment } from './generated/graphql.ts';
import { createLiveScreen } from './live-screen.ts';
import { createSaidLines } from './said-lines.ts';
import type { Terminal } from './terminal.ts';
import {
  emptyWatch,
  watchNext,
  type ExecutionStatus,
  type Said,
  type Step,
  type WatchMessage,
  type WatchState,
} from './watch-state.ts';
import { renderWatch } from './watch-view.ts';
import { toWatchedExecution, toWatchedNode } from './watched.ts';

type Message = Extract<Heard, { type: 'message' }>['message'];

/** How a followed execution is shown. */
export interface Presenter {
  hear(heard: Heard): void;
  /** The last words, with the execution as the query shows it at its end. */
  close(found: FoundExecution | undefined): void;
}

export type FoundExecution = NonNullable<FindExecutionQuery['execution']>;

/** The messages that are none of progress end the command. */
function assertProgress(message: Message): void {
  if (message.__typename === 'NotFoundError') throw new CommandFailure(EXIT.badInput, message.message);
  if (message.__typename === 'CursorExpired') throw new CommandFailure(EXIT.badInput, message.message);
}

/** The live view's message for what was heard; undefined where nothing is to be drawn. */
export function toWatchMessage(heard: Heard): WatchMessage | undefined {
  if (heard.type === 'reconnecting') return { type: 'reconnecting' };
  const { message } = heard;
  if (message.__typename === 'ExecutionDelta') return { type: 'said', said: message };
  if (message.__typename !== 'ExecutionSnapshot' && message.__typename !== 'ExecutionEvents') return undefined;
  const execution = toWatchedExecution(message.execution);
  const nodes = message.nodes.map(toWatchedNode);
  if (message.__typename === 'ExecutionEvents')
    return { type: 'events', execution, nodes, steps: message.events.flatMap(stepOf) };
  return { type: 'snapshot', execution, nodes, said: message.nodes.flatMap(saidBy) };
}

function stepOf(event: ShownEventFragment): readonly Step[] {
  const text = agentStep(event);
  return text !== undefined && 'path' in event && 'attempt' in event
    ? [{ path: event.path, attempt: event.attempt, text }]
    : [];
}

const saidBy = ({ path, attempt, text, log }: ShownTextFragment): readonly Said[] => {
  const said = log ?? text;
  return said === null ? [] : [{ path, attempt, text: said }];
};

const FRAME_MS = 100;

/** For people: a view that is redrawn in place, ten times a second while something runs. */
export function createLivePresenter(terminal: Terminal, title: string, now: () => number): Presenter {
  const screen = createLiveScreen(terminal);
  let state: WatchState = emptyWatch(title);
  const draw = (): void => {
    const { columns, rows, style } = terminal;
    screen.draw(renderWatch(state, { columns, rows, now: now(), style }));
  };
  // Messages only change the state: hundreds a second are still ten frames.
  const frames = setInterval(draw, FRAME_MS);
  return {
    hear(heard) {
      if (heard.type === 'message') assertProgress(heard.message);
      const message = toWatchMessage(heard);
      if (message !== undefined) state = watchNext(state, message);
    },
    close(found) {
      clearInterval(frames);
      draw();
      screen.close();
      if (found?.status === 'SUCCEEDED') terminal.out(`\n${JSON.stringify(found.output, null, 2)}\n`);
    },
  };
}

/** For logs and pipes: one line for each event, and one for each line that an attempt says. */
export function createLinePresenter(terminal: Terminal): Presenter {
  let firstAt: number | undefined;
  const said = createSaidLines();
  const write = (lines: readonly string[]): void => lines.forEach((line) => terminal.out(`${line}\n`));

  function showEvent(event: ShownEventFragment): void {
    firstAt ??= Date.parse(event.at);
    // What it said last has no line break behind it; after a step of an agent it says more.
    if (agentStep(event) !== undefined && 'attempt' in event) write(said.pause(event));
    else if ('attempt' in event && event.type !== 'ATTEMPT_STARTED') write(said.end(event));
    write([eventLine(event, firstAt)]);
  }

  return {
    hear(heard) {
      if (heard.type === 'reconnecting') {
        terminal.error('No connection, trying again.');
        return;
      }
      const { message } = heard;
      assertProgress(message);
      if (message.__typename === 'ExecutionEvents') message.events.forEach(showEvent);
      else if (message.__typename === 'ExecutionDelta') write(said.hear(message));
      else if (message.__typename === 'ExecutionSnapshot') message.nodes.forEach((node) => write(said.hearNode(node)));
    },
    close(found) {
      write(said.end());
      if (found === undefined) return;
      if (found.status === 'SUCCEEDED') terminal.out(`${JSON.stringify(found.output)}\n`);
      else if (found.failure) terminal.error(failureText(found.failure));
    },
  };
}

/** For programs: one JSON object for each event, then one for the outcome. */
export function createJsonPresenter(terminal: Terminal): Presenter {
  const line = (value: unknown): void => terminal.out(`${JSON.stringify(value)}\n`);
  return {
    hear(heard) {
      if (heard.type === 'reconnecting') return;
      assertProgress(heard.message);
      if (heard.message.__typename === 'ExecutionEvents') heard.message.events.forEach(line);
    },
    close(found) {
      if (found === undefined) return;
      const { id, status, output, failure } = found;
      line({ __typename: 'Execution', id, status, output, failure });
    },
  };
}

/** The exit code that tells a script how an execution ended. */
export function exitCodeOf(status: ExecutionStatus): ExitCode {
  if (status === 'SUCCEEDED') return EXIT.succeeded;
  return status === 'CANCELED' ? EXIT.canceled : EXIT.failed;
}
