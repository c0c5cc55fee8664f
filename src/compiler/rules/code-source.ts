import { parse } from 'acorn';
import type { Finding, Rule } from '../rule.ts';

/** The source of a code node is the body of an async function; it is only parsed here, never run. */
export const codeSource: Rule = {
  name: 'code-source',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap(({ name, pointer, spec }): readonly Finding[] => {
      const problem = spec.kind === 'code' ? problemOf(spec.source) : undefined;
      return problem === undefined
        ? []
        : [
            {
              path: `${pointer}/source`,
              message: `The source of "${name}" is no JavaScript function body: ${problem}`,
            },
          ];
    }),
};

function problemOf(source: string): string | undefined {
  try {
    parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'script',
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
    });
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return 'it is nested too deeply.';
    if (!(error instanceof SyntaxError)) throw error;
    // "Unexpected token (3:14)": lines of the source from 1, columns from 0.
    return error.message.replace(
      / \((\d+):(\d+)\)$/,
      (_, line, column) => ` (line ${line}, column ${Number(column) + 1}).`,
    );
  }
}
