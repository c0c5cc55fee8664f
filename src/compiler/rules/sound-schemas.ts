import { checkSchema } from '../../blueprint/check-schema.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Finding, Rule } from '../rule.ts';

/** The JSON Schemas of the input and of models' answers are ones that values can be checked by. */
export const soundSchemas: Rule = {
  name: 'sound-schemas',
  severity: 'fault',
  check: ({ document, outline }) => [
    ...(document.input === undefined ? [] : faultsOf(document.input, '/input')),
    ...outline.nodes.flatMap(({ pointer, spec }) =>
      (spec.kind === 'llm' || spec.kind === 'agent') && spec.outputSchema !== undefined
        ? faultsOf(spec.outputSchema, `${pointer}/outputSchema`)
        : [],
    ),
  ],
};

const faultsOf = (schema: JsonObject, at: string): readonly Finding[] =>
  checkSchema(schema).map(({ path, message }) => ({ path: at + path, message }));
