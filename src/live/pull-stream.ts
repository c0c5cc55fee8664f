/** A stream that its reader pulls, and that may hand on what comes to a reader that keeps up. */
export interface PullStream<T> extends AsyncGenerator<T, void, undefined> {
  /**
   * Asked between two pulls: calls `take` with each message as soon as it is there, until the answer is false. Resolves when
   * the next message is to be pulled, which may be at once; the end of the stream is always pulled. Absent: all is.
   */
  readonly hand?: ((take: (message: T) => boolean) => Promise<void>) | undefined;
}

/** `hand` of a stream, with the signal that fires at its end. */
export type Hand<T> = (take: (message: T) => boolean, signal: AbortSignal) => Promise<void>;

/**
 * A stream that its reader pulls and may end at any time. An async generator alone answers `return()` only after the
 * `next()` that hangs has been answered, which a quiet execution may never do, and never cleans up when it was not
 * begun: here `return()` fires the signal that everything inside waits with, and `onEnd` runs once in every case.
 */
export function pullStream<T>(
  pull: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
  onEnd: () => void,
  hand?: Hand<T>,
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
    hand:
      hand &&
      (async (take) => {
        try {
          await hand(take, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
        }
      }),
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
