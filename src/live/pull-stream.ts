/** A stream that its reader pulls; who keeps up may be told with others instead. */
export interface PullStream<T> extends AsyncGenerator<T, void, undefined> {
  /** Absent: all is pulled. */
  readonly live?: Live<T> | undefined;
}

/** What streams of one source are told at the same time, once for all of them that are level and were asked for alike. */
export interface Live<T> {
  /** The same object for all streams of that source. */
  readonly source: object;
  /** Which of its messages: streams of one source with the same text here are told the same. */
  readonly selected: string;
  /** Up to where the reader of this stream knows everything; undefined: there is something to pull. */
  place(): number | undefined;
  /** The reader was told everything up to there. */
  moveTo(place: number): void;
  /**
   * Tells what comes from now on, until the answer is false. Resolves when the next message is to be pulled; the end of a stream
   * always is. Rejects when the signal fires.
   */
  listen(listener: Listener<T>, signal: AbortSignal): Promise<void>;
}

export interface Listener<T> {
  /** For how many it listens. */
  readonly readers: number;
  /** With the place up to which a reader knows everything by this message. */
  take(message: T, place: number): boolean;
  /** Up to that place there was nothing that was selected. */
  pass(place: number): void;
}

/**
 * A stream that its reader pulls and may end at any time. An async generator alone answers `return()` only after the
 * `next()` that hangs has been answered, which a quiet execution may never do, and never cleans up when it was not
 * begun: here `return()` fires the signal that everything inside waits with, and `onEnd` runs once in every case.
 */
export function pullStream<T>(
  pull: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  onEnd: () => void,
  live?: Live<T>,
): PullStream<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const source = pull(signal);
  const done: IteratorResult<T, void> = { done: true, value: undefined };
  let ended = false;

  function end(): void {
    if (ended) return;
    ended = true;
    onEnd();
  }

  async function next(): Promise<IteratorResult<T, void>> {
    try {
      const result = await source.next();
      if (result.done === true) end();
      return signal.aborted ? done : result;
    } catch (error) {
      end();
      if (signal.aborted) return done;
      throw error;
    }
  }

  async function stop(): Promise<IteratorResult<T, void>> {
    controller.abort(new StreamEnded());
    await source.return().catch(() => undefined);
    end();
    return done;
  }

  const stream: PullStream<T> = {
    next,
    live,
    return: stop,
    async throw(error) {
      await stop();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
  return stream;
}

/** Why everything inside a stream stops waiting: its reader has gone. */
class StreamEnded extends Error {
  override readonly name = 'StreamEnded';
  constructor() {
    super('The reader ended this stream.');
  }
}
