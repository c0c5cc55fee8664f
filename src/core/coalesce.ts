/** Asks for one thing; what others ask for meanwhile goes along. */
export type Coalesced<Request, Answer> = (request: Request) => Promise<Answer>;

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group reads: everything that waits, at most `most`, goes into one call of `ask`, the next when the last has returned.
 * No timer; alone, a request is asked at once. `ask` answers in the order of the requests; when it throws, all of the
 * call hear it. An answer is never older than its request.
 */
export function coalesce<Request, Answer>(
  ask: (requests: readonly Request[]) => Promise<readonly Answer[]>,
  most: number,
): Coalesced<Request, Answer> {
  const waiting: Waiting<Request, Answer>[] = [];
  let asking = false;

  async function askFor(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await ask(batch.map(({ request }) => request));
      if (answers.length !== batch.length) throw new Error(`${batch.length} requests got ${answers.length} answers.`);
      for (const [index, answer] of answers.entries()) batch[index]?.resolve(answer);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }

  async function askAll(): Promise<void> {
    while (waiting.length > 0) await askFor(waiting.splice(0, most));
    asking = false;
  }

  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (asking) return;
      asking = true;
      // A microtask later, so that what one hint or one commit wakes in this tick shares the call.
      queueMicrotask(() => void askAll());
    });
}
