import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/units.ts';
import { toRow, type EventRow } from '../execution/codec.ts';
import type { Committed } from '../execution/committed.ts';
import { toStatement, type BatchAppend, type BatchRow, type BatchStart } from './batch-statement.ts';
import type { AppendAnswer, AppendRequest } from './event-store.ts';
import type { StartAnswer, StartRequest } from './execution-store.ts';
import { bytesOf, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, splitAppend } from './split-append.ts';
import { settleAppends, settleStarts } from './settle.ts';
import type { Session } from './session.ts';
import { DatabaseUnavailableError, sqlState } from './unavailable.ts';

/** A batch that was committed: how many executions and events, how large, and how long its statement took. */
export interface BatchReport {
  readonly executions: number;
  readonly events: number;
  readonly bytes: number;
  readonly ms: number;
}

export interface BatcherDeps {
  readonly journal: Session;
  readonly clock: Clock;
  /** Once a batch, after its commit and before the answers. */
  readonly onCommitted?: ((committed: readonly Committed[]) => void) | undefined;
  readonly onBatch?: ((report: BatchReport) => void) | undefined;
  /** Hears what an observer threw: the batch is committed all the same. */
  readonly reportFault?: ((error: unknown) => void) | undefined;
  /** The NOTIFY that leaves with each commit while others listen. */
  readonly hint?: { readonly channel: string; readonly text: (committed: readonly Committed[]) => string } | undefined;
  /** How long a lost connection is waited for before callers hear of it. */
  readonly patienceMs?: number | undefined;
}

/** Group commit: all that waits leaves in one statement, the next when the last has committed. No timer. */
export interface Batcher {
  append(request: AppendRequest): Promise<AppendAnswer>;
  start(request: StartRequest): Promise<StartAnswer>;
  /** Whether another process listens for hints; none are sent while nobody does. */
  setOthersListen(othersListen: boolean): void;
  /** Waits for what was asked so far. */
  close(): Promise<void>;
}

const MAX_RETRIES = 20;

interface Waiting {
  readonly bytes: number;
  readonly executionId: string;
  readonly columns: readonly EventRow[];
  /** Its statement was sent and its answer lost: it may have been committed. */
  unknown: boolean;
  readonly reject: (error: unknown) => void;
}
interface WaitingAppend extends Waiting, BatchAppend {
  readonly type: 'append';
  readonly resolve: (answer: AppendAnswer) => void;
}
interface WaitingStart extends Waiting, BatchStart {
  readonly type: 'start';
  readonly resolve: (answer: StartAnswer) => void;
}
type Entry = WaitingAppend | WaitingStart;

export function createBatcher(deps: BatcherDeps): Batcher {
  const { journal, clock, patienceMs = 5 * SECOND_MS } = deps;
  let waiting: Entry[] = [];
  let othersListen = false;
  let running: Promise<void> | undefined;
  let closed = false;

  /** What fits into one statement. An execution stands in it once: its second append waits for the next. */
  function takeBatch(): Entry[] {
    const batch: Entry[] = [];
    const left: Entry[] = [];
    const executions = new Set<string>();
    let events = 0;
    let bytes = 0;
    let full = false;
    for (const entry of waiting) {
      full ||=
        batch.length > 0 && (events + entry.columns.length > MAX_BATCH_EVENTS || bytes + entry.bytes > MAX_BATCH_BYTES);
      if (full || executions.has(entry.executionId)) {
        left.push(entry);
        continue;
      }
      executions.add(entry.executionId);
      batch.push(entry);
      events += entry.columns.length;
      bytes += entry.bytes;
    }
    waiting = left;
    return batch;
  }

  async function run(): Promise<void> {
    // Those who ask in this turn of the event loop, or were answered in it, share a statement.
    await nextTurn();
    while (waiting.length > 0) {
      await commit(takeBatch());
      await nextTurn();
    }
    running = undefined;
  }

  function enqueue(entry: Entry): void {
    if (closed) return entry.reject(new Error('The batcher is closed.'));
    waiting.push(entry);
    running ??= run();
  }

  async function commit(entries: readonly Entry[]): Promise<void> {
    try {
      await commitOrThrow(entries);
    } catch (error) {
      const state = sqlState(error) ?? '';
      // Bad data or a broken constraint: of one entry, which harms nobody else. Halves find it in few statements.
      if (/^2[23]/.test(state) && entries.length > 1) {
        const half = Math.ceil(entries.length / 2);
        await commit(entries.slice(0, half));
        await commit(entries.slice(half));
        return;
      }
      for (const entry of entries) entry.reject(error);
    }
  }

  async function commitOrThrow(entries: readonly Entry[]): Promise<void> {
    const appends = entries.filter((entry) => entry.type === 'append').sort(byExecution);
    const starts = entries.filter((entry) => entry.type === 'start');
    const committed = [...appends, ...starts].map(toCommitted);
    const startedAtMs = clock.monotonicMs();
    const row = await send(appends, starts, committed);
    const ms = clock.monotonicMs() - startedAtMs;
    const written = row.ok === null ? undefined : new Set(row.ok);
    const isWritten = (index: number): boolean => written === undefined || written.has(index + 1);

    const news = written === undefined ? committed : committed.filter((_, index) => isWritten(index));
    report(entries, news, ms);
    if (written === undefined) {
      for (const one of appends) one.resolve('wrote');
      for (const one of starts) one.resolve({ type: 'created' });
      return;
    }
    for (const [index, one] of appends.entries()) if (isWritten(index)) one.resolve('wrote');
    for (const [index, one] of starts.entries())
      if (isWritten(appends.length + index)) one.resolve({ type: 'created' });
    await settle(
      appends.filter((_, index) => !isWritten(index)),
      starts.filter((_, index) => !isWritten(appends.length + index)),
    );
  }

  function report(entries: readonly Entry[], news: readonly Committed[], ms: number): void {
    tell(news);
    const sum = (of: (entry: Entry) => number): number => entries.reduce((total, entry) => total + of(entry), 0);
    const events = sum(({ columns }) => columns.length);
    observe(() => deps.onBatch?.({ executions: entries.length, events, bytes: sum(({ bytes }) => bytes), ms }));
  }

  function tell(news: readonly Committed[]): void {
    if (news.length > 0) observe(() => deps.onCommitted?.(news));
  }

  function observe(observer: () => void): void {
    try {
      observer();
    } catch (error) {
      deps.reportFault?.(error);
    }
  }

  /** Why the fence refused: read by the same connection, in a later statement. */
  async function settle(appends: readonly WaitingAppend[], starts: readonly WaitingStart[]): Promise<void> {
    const late: Committed[] = [];
    if (appends.length > 0) {
      const answers = await patiently(() => settleAppends(journal, appends));
      for (const [index, one] of appends.entries()) {
        const answer = answers[index] ?? 'stale';
        if (answer === 'wrote') late.push(toCommitted(one));
        one.resolve(answer);
      }
    }
    if (starts.length > 0) {
      const answers = await patiently(() => settleStarts(journal, starts));
      for (const [index, one] of starts.entries()) {
        const answer = answers[index];
        if (answer?.type === 'created') late.push(toCommitted(one));
        if (answer) one.resolve(answer);
        else one.reject(new Error(`The row of execution ${one.executionId} was refused and is not there.`));
      }
    }
    // Committed by a statement whose answer was lost: nobody has told of them yet.
    tell(late);
  }

  /**
   * Sends until there is an answer. After a lost connection the statement may have been committed, or may still be
   * running: the same statement again waits for the old one's rows, is then refused, and settled by reading.
   */
  async function send(
    appends: readonly WaitingAppend[],
    starts: readonly WaitingStart[],
    committed: readonly Committed[],
  ): Promise<BatchRow> {
    const hint =
      othersListen && deps.hint ? { channel: deps.hint.channel, text: deps.hint.text(committed) } : undefined;
    const statement = toStatement({ appends, starts, hint });
    const { rows } = await patiently(
      () => journal.query<BatchRow & object>(statement),
      () => {
        for (const entry of [...appends, ...starts]) entry.unknown = true;
      },
    );
    const [row] = rows;
    if (!row) throw new Error('The batch statement gave no row.');
    return row;
  }

  async function patiently<T>(ask: () => Promise<T>, onLost?: () => void): Promise<T> {
    const giveUpAtMs = clock.monotonicMs() + patienceMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        const lost = error instanceof DatabaseUnavailableError;
        if (lost) onLost?.();
        // 40: a deadlock or a serialisation failure; nothing was written.
        const again = lost || (/^40/.test(sqlState(error) ?? '') && tries < MAX_RETRIES);
        const leftMs = giveUpAtMs - clock.monotonicMs();
        if (!again || leftMs <= 0) throw error;
        await journal.ready(leftMs);
      }
    }
  }

  const appendPart = ({ request, columns }: BatchAppend): Promise<AppendAnswer> =>
    new Promise((resolve, reject) => {
      const { executionId } = request;
      enqueue({
        type: 'append',
        request,
        executionId,
        columns,
        bytes: bytesOf(columns),
        unknown: false,
        resolve,
        reject,
      });
    });

  return {
    async append(request) {
      for (const part of splitAppend(request)) {
        const answer = await appendPart(part);
        if (answer !== 'wrote') return answer;
      }
      return 'wrote';
    },
    start: (request) =>
      new Promise((resolve, reject) => {
        const columns = request.events.map(toRow);
        const executionId = request.id;
        enqueue({
          type: 'start',
          request,
          executionId,
          columns,
          bytes: bytesOf(columns),
          unknown: false,
          resolve,
          reject,
        });
      }),
    setOthersListen(value) {
      othersListen = value;
    },
    async close() {
      closed = true;
      await running;
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const byExecution = (a: Waiting, b: Waiting): number => (a.executionId < b.executionId ? -1 : 1);

function toCommitted(entry: Entry): Committed {
  const { request, columns } = entry;
  const { tenant, events } = request;
  const lastSequence = columns.at(-1)?.sequence ?? 0;
  const executionId = entry.type === 'append' ? entry.request.executionId : entry.request.id;
  return { executionId, tenant, lastSequence, events };
}
