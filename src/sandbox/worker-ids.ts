import { randomInt } from 'node:crypto';

/** Users of the machine for workers, one for each while it lives. */
export interface WorkerIds {
  /** Undefined where the server is not root: its workers are its own user. */
  take(): number | undefined;
  give(id: number | undefined): void;
}

/**
 * Users that belong to nobody else: far above people, services and the ranges of containers. Each server takes a range of
 * its own by chance, so that workers of two servers are not one user.
 */
const FIRST_WORKER_ID = 1_879_048_192;
const WORKER_IDS = 1_000;
const ID_RANGES = 200_000;

/** Where users of workers begin and end, of all servers. */
export const WORKER_ID_RANGE = { from: FIRST_WORKER_ID, to: FIRST_WORKER_ID + ID_RANGES * WORKER_IDS };

/** The last one of the last range, for what is launched to ask the kernel: no server takes that range. */
export const ASKING_ID = WORKER_ID_RANGE.to - 1;

export function createWorkerIds(isRoot: boolean): WorkerIds {
  const first = FIRST_WORKER_ID + randomInt(ID_RANGES - 1) * WORKER_IDS;
  const free = Array.from({ length: isRoot ? WORKER_IDS : 0 }, (_, index) => first + index);
  return {
    take() {
      const id = free.shift();
      if (isRoot && id === undefined) throw new Error('All users for workers are taken.');
      return id;
    },
    give(id) {
      // Last in, so that an ID rests as long as it can.
      if (id !== undefined) free.push(id);
    },
  };
}
