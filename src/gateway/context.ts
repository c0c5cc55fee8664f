import type { BlueprintUseCases } from '../use-cases/blueprint-use-cases.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { createBlueprintLoaders, type BlueprintLoaders } from './loaders.ts';

/** What the resolvers may ask for; `app.ts` makes them. */
export interface UseCases {
  readonly blueprints: BlueprintUseCases;
}

/** What resolvers see of one operation, or of one event of a subscription. */
export interface OperationContext {
  readonly viewer: Viewer;
  readonly blueprints: BlueprintUseCases;
  readonly load: BlueprintLoaders;
}

/** Made anew for each operation and each event: loaders that lived longer would answer with stale rows. */
export const createOperationContext = (useCases: UseCases, viewer: Viewer): OperationContext => ({
  viewer,
  blueprints: useCases.blueprints,
  load: createBlueprintLoaders(useCases.blueprints, viewer),
});
