/** How far one call of a provider came. */
export interface WatchedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** The request went out, as far as can be told. */
  readonly sent: boolean;
  /** The provider took the request and began to answer. */
  readonly began: boolean;
}

/** Watches the only request of one call: the SDK does not always tell whether an error is of the answer or in place of one. */
export function watchFetch(fetch: typeof globalThis.fetch): WatchedFetch {
  let reached: 'unsent' | 'sent' | 'refused' | 'began' = 'unsent';
  return {
    async fetch(...asked) {
      reached = 'sent';
      const response = await fetch(...asked);
      reached = response.ok ? 'began' : 'refused';
      return response;
    },
    get sent() {
      return reached === 'sent' || reached === 'began';
    },
    get began() {
      return reached === 'began';
    },
  };
}
