import { v7 as uuidv7 } from 'uuid';
import { compile } from '../../src/compiler/compile.ts';
import { examine } from '../../src/compiler/examine.ts';
import { systemClock } from '../../src/core/clock.ts';
import { DEFAULT_TENANT } from '../../src/core/ids.ts';
import type { Stores } from '../../src/store/stores.ts';
import { createBlueprintUseCases, type BlueprintUseCases } from '../../src/use-cases/blueprint-use-cases.ts';
import type { BlueprintChangedHint } from '../../src/use-cases/blueprint-deps.ts';
import { SCOPES, type Viewer } from '../../src/use-cases/viewer.ts';
import { testRegistry } from './tools.ts';

export const author: Viewer = { tenant: DEFAULT_TENANT, subject: 'author', scopes: new Set(SCOPES) };

/** The use cases of blueprints on a real store, with the real compiler, and the hints that they gave. */
export function openBlueprintUseCases({ blueprints }: Pick<Stores, 'blueprints'>): {
  readonly useCases: BlueprintUseCases;
  readonly hints: readonly BlueprintChangedHint[];
} {
  const registry = testRegistry();
  const hints: BlueprintChangedHint[] = [];
  const useCases = createBlueprintUseCases({
    blueprints,
    clock: systemClock,
    newId: () => uuidv7(),
    findIssues(document) {
      const compiled = compile(document, registry);
      return compiled.ok ? [] : compiled.error;
    },
    examine: (document) => examine(document, registry, () => 'unknown'),
    onBlueprintChanged: (hint) => hints.push(hint),
  });
  return { useCases, hints };
}

/** A sound document of transform nodes, by name and output. */
export const transforms = (name: string, outputs: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    name,
    nodes: Object.fromEntries(Object.entries(outputs).map(([node, output]) => [node, { kind: 'transform', output }])),
  });
