import type { Viewer } from '../use-cases/viewer.ts';

/** What resolvers see of one operation, or of one event of a subscription: made new for each, so that loaders never answer with stale rows. */
export interface OperationContext {
  readonly viewer: Viewer;
}
