/**
 * A `fetch` for one service that the operator has set up, such as a model provider: it asks that origin alone, and follows no
 * redirect, so that a key is never sent elsewhere. The operator's own word stands: a private address may be meant.
 */
export function fetchFrom(origin: string): typeof globalThis.fetch {
  const allowed = new URL(origin).origin;
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== allowed)
      throw new TypeError(`${url.origin} is not ${allowed}, the only place that may be asked.`);
    return await fetch(input, { ...init, redirect: 'error' });
  };
}
