import type { BlueprintRecord } from '../blueprint/records.ts';
import type { Clock } from '../core/clock.ts';
import type { NotFoundError } from '../core/errors.ts';
import type { BlueprintId } from '../core/ids.ts';
import type { LiveBus } from '../live/live-bus.ts';
import { pullStream } from '../live/pull-stream.ts';
import { createSignalBox, type SignalBox } from '../live/signal-box.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** A version of a blueprint, or that there is none to follow. */
export type BlueprintNews =
  | { readonly type: 'changed'; readonly blueprint: BlueprintRecord }
  | { readonly type: 'notFound'; readonly error: NotFoundError };

/** First the present version, then each new one; versions may be skipped when the reader is slow. */
export type FollowBlueprint = (viewer: Viewer, id: BlueprintId) => AsyncGenerator<BlueprintNews, void, undefined>;

export interface FollowBlueprintDeps {
  readonly blueprints: Pick<BlueprintStore, 'getMany'>;
  readonly bus: Pick<LiveBus, 'subscribeBlueprint'>;
  readonly clock: Clock;
  /** How often the row is read anew, as hints may be lost. */
  readonly pollIntervalMs: number;
}

export function createFollowBlueprint(deps: FollowBlueprintDeps): FollowBlueprint {
  return (viewer, id) => {
    requireScope(viewer, 'blueprints:read');
    const hints = createSignalBox<BlueprintId>();
    const stop = deps.bus.subscribeBlueprint(id, () => hints.look());
    return pullStream((signal) => versions({ viewer, id, hints, ...deps }, signal), stop);
  };
}

interface Following extends FollowBlueprintDeps {
  readonly viewer: Viewer;
  readonly id: BlueprintId;
  readonly hints: SignalBox<BlueprintId>;
}

async function* versions(of: Following, signal: AbortSignal): AsyncGenerator<BlueprintNews, void, undefined> {
  let version = 0;
  for (;;) {
    const [blueprint] = await of.blueprints.getMany(of.viewer.tenant, [of.id]);
    if (blueprint === undefined) {
      const message = `There is no blueprint with the ID "${of.id}" that you may see.`;
      yield { type: 'notFound', error: { kind: 'NotFoundError', message, id: of.id } };
      return;
    }
    if (blueprint.version > version) {
      version = blueprint.version;
      yield { type: 'changed', blueprint };
    }
    await of.hints.take(of, signal);
  }
}
