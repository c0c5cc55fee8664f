import { describeType } from '../../expression/types.ts';
import { subjectOf, type Rule } from '../rule.ts';

/** `when` is true or false. */
export const booleanConditions: Rule = {
  name: 'boolean-conditions',
  severity: 'fault',
  check: ({ outline, types }) =>
    outline.sites.flatMap((site) => {
      const { kind } = types.at(site).type;
      if (site.form !== 'expression' || kind === 'bool' || kind === 'dyn') return [];
      const found = describeType(types.at(site).type);
      const message = `${subjectOf(site)} has a condition that is ${found}, and must be true or false. Compare it with something.`;
      return [{ path: site.pointer, message }];
    }),
};
