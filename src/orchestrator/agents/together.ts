/** Whatever can be stopped. */
interface Stoppable {
  readonly signal: AbortSignal;
}

/**
 * Does works side by side, and ends when each of them has. The first that rejects, or whose answer means the end of all,
 * stops the others: nobody spends for what is not needed any more. Rejects with the first rejection, unless an answer had
 * ended all before: then those that were stopped in the middle have no answer.
 */
export async function together<S extends Stoppable, T>(
  scope: S,
  works: readonly ((scope: S) => Promise<T>)[],
  isEnd: (answer: T) => boolean,
): Promise<readonly T[]> {
  const group = new AbortController();
  const stop = (): void => group.abort(scope.signal.reason);
  if (scope.signal.aborted) stop();
  scope.signal.addEventListener('abort', stop, { once: true });
  let isEnded = false;
  let first: { readonly error: unknown } | undefined;
  const inGroup: S = { ...scope, signal: group.signal };
  const settled = await Promise.allSettled(
    works.map(async (work) => {
      try {
        const answer = await work(inGroup);
        isEnded ||= isEnd(answer);
        if (isEnded) group.abort(new Error('Another one has ended all of them.'));
        return answer;
      } catch (error) {
        if (!isEnded) first ??= { error };
        group.abort(error);
        throw error;
      }
    }),
  );
  scope.signal.removeEventListener('abort', stop);
  if (first !== undefined) throw first.error;
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}
