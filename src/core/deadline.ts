/**
 * Hands work a signal that fires with the given one, or once the time is over; `isLate` tells the two apart. Linked by hand:
 * AbortSignal.any keeps a trace of every call with a signal that lives for long.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal,
  work: (either: AbortSignal, isLate: () => boolean) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const late = new Error(`not done within ${timeoutMs} ms`);
  const onAbort = (): void => either.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  // eslint-disable-next-line no-restricted-syntax -- a deadline of the machine, whatever time the journal has
  const timer = setTimeout(() => either.abort(late), timeoutMs);
  try {
    return await work(either.signal, () => either.signal.reason === late);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
