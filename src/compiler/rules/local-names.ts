import { CEL_CONSTANTS } from '../../expression/references.ts';
import type { BodyOutline } from '../outline.ts';
import type { Rule } from '../rule.ts';
import { bodiesAround } from '../types.ts';

/** What a loop calls its items hides nothing else. */
export const localNames: Rule = {
  name: 'local-names',
  severity: 'fault',
  check: ({ outline }) =>
    outline.bodies.flatMap((body) => {
      const taken = takenBy(body);
      if (taken === undefined || body.parent === undefined) return [];
      const { name, pointer, spec } = body.parent;
      const isWritten = spec.kind === 'loop' && spec.as !== undefined;
      const message = `Loop "${name}" calls an item "${body.as ?? ''}", which is ${taken}. Choose another name with "as".`;
      return [{ path: isWritten ? `${pointer}/as` : pointer, message }];
    }),
};

const FIXED: Readonly<Record<string, string>> = {
  input: 'the input of the execution',
  nodes: 'what other nodes are read by',
  index: 'the number of the iteration',
};

function takenBy(body: BodyOutline): string | undefined {
  const { as } = body;
  if (as === undefined) return undefined;
  if (Object.hasOwn(FIXED, as)) return FIXED[as];
  if (CEL_CONSTANTS.has(as)) return 'a word of the expression language';
  const outer = bodiesAround(body)
    .slice(1)
    .find((around) => around.as === as);
  return outer?.parent === undefined ? undefined : `an item of the loop "${outer.parent.name}" around it`;
}
