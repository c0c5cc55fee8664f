import type { Rule } from '../rule.ts';

/** Every model is registered, and answers in text. */
export const knownModels: Rule = {
  name: 'known-models',
  severity: 'fault',
  check: ({ outline, registry }) =>
    outline.nodes.flatMap(({ name, pointer, spec }) => {
      if (spec.kind !== 'llm') return [];
      const model = registry.getModel(spec.model);
      const path = `${pointer}/model`;
      if (!model.ok) return [{ path, message: `Node "${name}" asks an unknown model. ${model.error.message}` }];
      if (model.value.kind === 'text') return [];
      return [
        { path, message: `Node "${name}" asks "${spec.model}", which makes vectors and no text. Name a text model.` },
      ];
    }),
};
