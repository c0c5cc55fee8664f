import type { Rule } from '../rule.ts';

/** A model is asked one thing: a prompt, or a list of messages. */
export const oneQuestion: Rule = {
  name: 'one-question',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) => {
      if (spec.kind !== 'llm') return [];
      const { prompt, messages } = spec;
      if (prompt === undefined && messages === undefined)
        return [{ path: pointer, message: `Node "${name}" asks nothing. Write "prompt", or "messages".` }];
      if (prompt === undefined || messages === undefined) return [];
      return [
        { path: `${pointer}/messages`, message: `Node "${name}" has a prompt and messages. Leave one of them out.` },
      ];
    }),
};
