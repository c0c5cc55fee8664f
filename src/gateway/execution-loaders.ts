import DataLoader from 'dataloader';
import type { ExecutionId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import type { RecordedEvent, ValueRef } from '../execution/events.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { StoredValue } from '../execution/state.ts';
import { valueIn } from '../execution/values.ts';
import { roughSize } from '../live/rough-size.ts';
import type { ExecutionUseCases } from '../use-cases/execution-use-cases.ts';
import type { EventKey } from '../use-cases/get-events.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { badRequest } from './problem.ts';

const MAX_LOADED_BYTES = 32 * MIB;

/** Where a value of an execution is. */
export interface PlacedValue {
  readonly executionId: ExecutionId;
  readonly place: StoredValue | ValueRef;
}

export interface ExecutionLoaders {
  readonly execution: DataLoader<ExecutionId, ExecutionRecord | undefined>;
  readonly event: DataLoader<EventKey, RecordedEvent | undefined, string>;
  /** The value at a place; one operation loads at most 32 MiB of large ones and of events. */
  readonly value: (placed: PlacedValue) => Promise<Json>;
  /** A page of a journal; those of one operation are read one after the other, within the same 32 MiB. */
  readonly events: ExecutionUseCases['listExecutionEvents'];
}

/** Batches and remembers the reads of one operation, or of one event of a subscription; never longer. */
export function createExecutionLoaders(executions: ExecutionUseCases, viewer: Viewer): ExecutionLoaders {
  let loadedBytes = 0;
  let lastPage: Promise<unknown> = Promise.resolve();
  const event = new DataLoader<EventKey, RecordedEvent | undefined, string>(
    async (keys) => [...(await executions.getEvents(viewer, keys))],
    { cacheKeyFn: ({ executionId, sequence }) => `${executionId}:${sequence}` },
  );

  async function load(ref: ValueRef): Promise<Json> {
    if ('inline' in ref) return ref.inline;
    count(ref.bytes);
    return executions.resolveValue(viewer, ref);
  }

  function count(bytes: number): void {
    loadedBytes += bytes;
    if (loadedBytes <= MAX_LOADED_BYTES) return;
    throw badRequest('These are more than 32 MiB of values. Ask for fewer at once: a smaller page, or one field less.');
  }

  const events: ExecutionLoaders['events'] = (...asked) => {
    const page = lastPage.then(async () => {
      count(0);
      const read = await executions.listExecutionEvents(...asked);
      if (read.ok) count(roughSize(read.value.items));
      return read;
    });
    lastPage = page.catch(() => undefined);
    return page;
  };

  return {
    event,
    events,
    execution: new DataLoader(async (ids) => [...(await executions.getExecutions(viewer, ids))]),
    async value({ executionId, place }) {
      if ('value' in place) return place.value;
      if (!('sequence' in place)) return load(place);
      const found = await event.load({ executionId, sequence: place.sequence });
      const ref = found && valueIn(found);
      if (ref === undefined) throw new Error(`Event ${place.sequence} of execution ${executionId} holds no value.`);
      return load(ref);
    },
  };
}
