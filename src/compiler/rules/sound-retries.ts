import type { Rule } from '../rule.ts';

/** The first delay of a retry is not above the longest. */
export const soundRetries: Rule = {
  name: 'sound-retries',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) => {
      const { delayMs, maxDelayMs } = spec.retry ?? {};
      if (delayMs === undefined || maxDelayMs === undefined || delayMs <= maxDelayMs) return [];
      const message = `Node "${name}" retries after ${delayMs} ms, but at most ${maxDelayMs} ms are allowed by "maxDelayMs". Lower one or raise the other.`;
      return [{ path: `${pointer}/retry/delayMs`, message }];
    }),
};
