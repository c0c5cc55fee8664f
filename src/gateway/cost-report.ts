import type { ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { SECOND_MS } from '../core/units.ts';
import { actualCost, type RateLimits, type Taken } from './rate-limits.ts';

/**
 * Gives back what a query or mutation did not use, and tells HTTP clients where they stand: `extensions.cost`, and the
 * headers of draft-ietf-httpapi-ratelimit-headers-03, which most clients know.
 */
export function reportCost(
  { refund }: Pick<RateLimits, 'refund'>,
  takenOf: (contextValue: unknown) => Taken | undefined,
  standings: WeakMap<Request, Taken>,
): Plugin {
  return {
    onExecute({ args: { contextValue } }) {
      const taken = takenOf(contextValue);
      if (taken === undefined) return;
      return {
        async onExecuteDone({ result, setResult }) {
          if (!isResult(result)) return;
          const actual = Math.min(actualCost(result.data) + taken.fixed, taken.requested);
          const standing = await refund(taken, actual);
          const request = requestOf(contextValue);
          if (request === undefined) return;
          standings.set(request, standing);
          const cost = {
            requested: taken.requested,
            actual,
            remaining: standing.remaining,
            limit: standing.limit,
            restorePerSecond: Math.floor(standing.limit / standing.windowS),
          };
          setResult({ ...result, extensions: { ...result.extensions, cost } });
        },
      };
    },
    onResponse({ request, response }) {
      const standing = standings.get(request);
      if (standing === undefined) return;
      for (const [name, value] of Object.entries(standingHeaders(standing))) response.headers.set(name, value);
    },
  };
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-03. */
export const standingHeaders = (standing: Taken): Readonly<Record<string, string>> => ({
  'ratelimit-policy': `${standing.limit};w=${standing.windowS}`,
  'ratelimit-limit': String(standing.limit),
  'ratelimit-remaining': String(standing.remaining),
  'ratelimit-reset': String(Math.ceil(standing.resetMs / SECOND_MS)),
});

/** Over a WebSocket there is none. */
const requestOf = ({ request }: { readonly request?: Request }): Request | undefined => request;

const isResult = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && 'data' in result;
