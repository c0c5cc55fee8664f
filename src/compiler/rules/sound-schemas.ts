import { checkSchema } from '../../blueprint/check-schema.ts';
import type { Rule } from '../rule.ts';

/** The JSON Schema of the input is one that values can be checked by. */
export const soundSchemas: Rule = {
  name: 'sound-schemas',
  severity: 'fault',
  check: ({ document }) =>
    document.input === undefined
      ? []
      : checkSchema(document.input).map(({ path, message }) => ({ path: `/input${path}`, message })),
};
