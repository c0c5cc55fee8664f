import { describeType } from '../../expression/types.ts';
import type { Rule } from '../rule.ts';

/** A loop goes through a list. */
export const listItems: Rule = {
  name: 'list-items',
  severity: 'fault',
  check: ({ outline, types }) =>
    outline.nodes.flatMap(({ name, spec, main }) => {
      if (spec.kind !== 'loop' || main === undefined) return [];
      const { type } = types.at(main);
      if (type.kind === 'list' || type.kind === 'dyn') return [];
      const message = `Loop "${name}" goes through ${describeType(type)}, and needs a list. Read one, or write one: [...].`;
      return [{ path: main.pointer, message }];
    }),
};
