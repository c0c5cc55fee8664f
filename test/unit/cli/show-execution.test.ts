import { describe, expect, it, vi } from 'vitest';
import { eventLine } from '../../../src/cli/event-line.ts';
import type { Heard } from '../../../src/cli/follow.ts';
import {
  createJsonPresenter,
  createLinePresenter,
  createLivePresenter,
  exitCodeOf,
  toWatchMessage,
  type FoundExecution,
} from '../../../src/cli/show-execution.ts';
import { PLAIN } from '../../../src/cli/style.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';

type Message = Extract<Heard, { type: 'message' }>['message'];
type Events = Extract<Message, { __typename: 'ExecutionEvents' }>;

const AT = '2026-01-01T00:00:00.000Z';
const failure = { reason: 'threw', message: 'no\nluck', path: 'a.b' };
const execution: Events['execution'] = {
  id: 'e',
  status: 'RUNNING',
  progress: { done: 1, total: 2 },
  requestedAt: AT,
  finishedAt: null,
  failure: null,
};
const node: Events['nodes'][number] = {
  path: 'a',
  kind: 'tool',
  status: 'RUNNING',
  attempt: 2,
  startedAt: AT,
  finishedAt: null,
  retryAt: null,
  progress: null,
  failure,
  receipt: { outcome: 'POLICY_VIOLATED', deniedCall: 'ptrace' },
};
const silent = { text: null, textOffset: 0, log: null, logOffset: 0 };
const delta = (text: string, more: object = {}): Heard => ({
  type: 'message',
  message: { __typename: 'ExecutionDelta', path: 'a', attempt: 2, channel: 'LOG', offset: 0, text, ...more },
});
const base = { cursor: 'c', sequence: 1, at: AT };
const events: Events['events'] = [
  { ...base, __typename: 'ExecutionStarted', type: 'EXECUTION_STARTED' },
  {
    ...base,
    __typename: 'AttemptFailed',
    type: 'ATTEMPT_FAILED',
    at: '2026-01-01T00:00:01.250Z',
    path: 'a',
    attempt: 2,
    failure,
    receipt: null,
    retryAt: '2026-01-01T00:00:02.250Z',
  },
];
const batch: Heard = {
  type: 'message',
  message: { __typename: 'ExecutionEvents', cursor: 'c', events, execution, nodes: [node] },
};
const notFound: Heard = { type: 'message', message: { __typename: 'NotFoundError', message: 'There is none.' } };
const found: FoundExecution = {
  ...execution,
  status: 'SUCCEEDED',
  startCursor: 's',
  output: { ok: true },
  revision: { name: 'flow', version: 3 },
};

function collect(): { readonly terminal: Terminal; readonly out: () => string; readonly errors: () => string } {
  const out: string[] = [];
  const errors: string[] = [];
  const terminal: Terminal = {
    out: (text) => void out.push(text),
    error: (line) => void errors.push(line),
    drained: async () => undefined,
    interactive: true,
    columns: 80,
    rows: 24,
    style: PLAIN,
  };
  return { terminal, out: () => out.join(''), errors: () => errors.join('\n') };
}

describe('eventLine', () => {
  it('says when, where and what, in one line', () => {
    expect(events.map((event) => eventLine(event, Date.parse(AT)))).toEqual([
      '   +0.000  execution  started',
      '   +1.250  a  failed  (attempt 2)  a.b: no luck (threw)  again in 1.0 s',
    ]);
  });

  it('names the system call that the kernel denied, once', () => {
    const receipt = { outcome: 'POLICY_VIOLATED', deniedCall: 'ptrace' } as const;
    const lineOf = (message: string): string =>
      eventLine(
        {
          ...{ ...base, __typename: 'AttemptFailed', type: 'ATTEMPT_FAILED', path: 'a', attempt: 1, retryAt: null },
          ...{ receipt, failure: { reason: 'threw', message, path: 'a' } },
        },
        Date.parse(AT),
      );
    expect(lineOf('It was stopped.')).toBe(
      '   +0.000  a  failed  a: It was stopped. (threw)  denied system call: ptrace',
    );
    expect(lineOf('Stopped for ptrace.')).toBe('   +0.000  a  failed  a: Stopped for ptrace. (threw)');
  });

  it('says why an execution was paused', () => {
    const paused = { ...base, __typename: 'ExecutionPaused', type: 'EXECUTION_PAUSED' } as const;
    const lineOf = (cause: 'REQUESTED' | 'BUDGET_SOFT_LIMIT'): string =>
      eventLine({ ...paused, cause }, Date.parse(AT));
    expect(lineOf('REQUESTED')).toBe('   +0.000  execution  paused');
    expect(lineOf('BUDGET_SOFT_LIMIT')).toBe('   +0.000  execution  paused  the soft limit of its budget is reached');
  });

  it('shows an event of a type that it does not know by its name', () => {
    const unknown: Events['events'][number] = { ...base, __typename: 'UnknownEvent', type: 'UNKNOWN' };
    expect(eventLine(unknown, Date.parse(AT))).toBe('   +0.000  execution  UNKNOWN');
  });
});

describe('presenters', () => {
  it('write lines for logs, the output to standard output and the failure to standard error', () => {
    const well = collect();
    const presenter = createLinePresenter(well.terminal);
    presenter.hear(batch);
    presenter.hear({ type: 'reconnecting', after: 'c' });
    presenter.close(found);
    expect(well.out().split('\n')).toEqual([
      expect.stringContaining('started'),
      expect.stringContaining('failed'),
      '{"ok":true}',
      '',
    ]);
    expect(well.errors()).toContain('trying again');
    const ill = collect();
    createLinePresenter(ill.terminal).close({ ...found, status: 'FAILED', output: null, failure });
    expect(ill.errors()).toBe('a.b: no luck (threw)');
  });

  it('write what attempts say as lines, each once, the unfinished one before the event of the end', () => {
    const { terminal, out } = collect();
    const presenter = createLinePresenter(terminal);
    const lines = (): readonly string[] => out().split('\n').slice(0, -1);
    const nodes = [{ ...node, ...silent, log: 'one\n  tw' }];
    presenter.hear({ type: 'message', message: { __typename: 'ExecutionSnapshot', cursor: 'c', execution, nodes } });
    presenter.hear(delta('o\u001b[31m\nthr', { offset: 8 }));
    expect(lines()).toEqual(['           a  | one', '           a  |   two [31m']);
    // Again, as after a lost connection; then behind a hole.
    presenter.hear({ type: 'message', message: { __typename: 'ExecutionSnapshot', cursor: 'c', execution, nodes } });
    presenter.hear(delta('later\nend', { offset: 100 }));
    presenter.hear(batch);
    presenter.close(found);
    expect(lines().slice(2, 6)).toEqual([
      '           a  | thr',
      '           a  | (82 characters are missing)',
      '           a  | later',
      '   +0.000  execution  started',
    ]);
    expect(lines()[6]).toBe('           a  | end');
    expect(lines()[7]).toContain('failed');
  });

  it('go on with what an agent says after each of its steps', () => {
    const { terminal, out } = collect();
    const presenter = createLinePresenter(terminal);
    presenter.hear(delta('One moment.', { channel: 'TEXT' }));
    const called: Events['events'][number] = {
      ...{ ...base, __typename: 'ToolCalled', type: 'TOOL_CALLED', path: 'a', attempt: 2 },
      ...{ agent: 'ada', turn: 1, tool: 'recall', isError: false },
    };
    const message: Message = { __typename: 'ExecutionEvents', cursor: 'c', events: [called], execution, nodes: [] };
    presenter.hear({ type: 'message', message });
    presenter.hear(delta('It is blue.', { channel: 'TEXT', offset: 11 }));
    presenter.close(undefined);
    expect(out().split('\n')).toEqual([
      '           a  | One moment.',
      '   +0.000  a  ada called recall  (attempt 2)',
      '           a  | It is blue.',
      '',
    ]);
    expect(toWatchMessage({ type: 'message', message })).toMatchObject({
      steps: [{ path: 'a', attempt: 2, text: 'ada called recall' }],
    });
  });

  it('show a line in parts that has no end', () => {
    const { terminal, out } = collect();
    const presenter = createLinePresenter(terminal);
    presenter.hear(delta('x'.repeat(4_500)));
    presenter.close(undefined);
    expect(
      out()
        .split('\n')
        .map(({ length }) => length),
    ).toEqual([2_016, 2_016, 516, 0]);
  });

  it('write one JSON object for each event and one for the outcome', () => {
    const { terminal, out } = collect();
    const presenter = createJsonPresenter(terminal);
    presenter.hear(batch);
    presenter.hear({ type: 'reconnecting', after: 'c' });
    presenter.close(found);
    const lines = out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.type ?? line.__typename)).toEqual([
      'EXECUTION_STARTED',
      'ATTEMPT_FAILED',
      'Execution',
    ]);
    expect(lines.at(-1)).toMatchObject({ id: 'e', status: 'SUCCEEDED', output: { ok: true } });
  });

  it('draw the live view, and the output below its last frame', () => {
    vi.useFakeTimers();
    const { terminal, out } = collect();
    const presenter = createLivePresenter(terminal, 'flow v3', () => Date.parse(AT) + 2_000);
    presenter.hear(batch);
    vi.advanceTimersByTime(100);
    expect(out()).toContain('attempt 2');
    presenter.close(found);
    expect(out()).toContain('"ok": true');
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('end the command when there is no such execution', () => {
    for (const create of [createLinePresenter, createJsonPresenter]) {
      expect(() => create(collect().terminal).hear(notFound)).toThrow('There is none.');
    }
  });
});

describe('toWatchMessage', () => {
  it('takes snapshots and batches, and nothing else', () => {
    const nodes = [{ ...node, ...silent, log: 'so far' }];
    const snapshot: Message = { __typename: 'ExecutionSnapshot', cursor: 'c', execution, nodes };
    expect(toWatchMessage({ type: 'message', message: snapshot })).toMatchObject({
      type: 'snapshot',
      nodes: [{ path: 'a', attempt: 2, failure: 'no\nluck  denied system call: ptrace' }],
      said: [{ path: 'a', attempt: 2, text: 'so far' }],
    });
    expect(toWatchMessage(delta('x'))).toMatchObject({ type: 'said', said: { path: 'a', attempt: 2, text: 'x' } });
    expect(toWatchMessage({ type: 'reconnecting', after: undefined })).toEqual({ type: 'reconnecting' });
    expect(toWatchMessage(notFound)).toBeUndefined();
  });
});

describe('exitCodeOf', () => {
  it('tells a script how the execution ended', () => {
    expect([exitCodeOf('SUCCEEDED'), exitCodeOf('FAILED'), exitCodeOf('CANCELED')]).toEqual([0, 1, 3]);
  });
});
