import { createSlots, type Slots } from '../core/slots.ts';

/** Addresses of a name, as the system resolves it. */
export type ResolveName = (hostname: string) => Promise<readonly string[]>;

/** Who looks up a name. */
export interface Lookup {
  readonly signal: AbortSignal;
  /** What this one may have at once, of all that it looks up. */
  readonly own?: Slots | undefined;
}

/** Node looks names up in four threads, which it reads files with too: one is left for what the server itself needs. */
const LOOKUPS_AT_ONCE = 3;

/**
 * Bounds lookups, as one cannot be ended: it keeps its places until it settles, also when nobody waits for it any more. A
 * name that is looked up already is not looked up a second time.
 */
export function createLookups(
  resolveName: ResolveName,
): (hostname: string, lookup: Lookup) => Promise<readonly string[]> {
  const all = createSlots(LOOKUPS_AT_ONCE);
  const running = new Map<string, Promise<readonly string[]>>();

  async function start(hostname: string, giveBack: () => void): Promise<readonly string[]> {
    try {
      return await resolveName(hostname);
    } finally {
      running.delete(hostname);
      giveBack();
    }
  }

  return async (hostname, { signal, own }) => {
    const found = running.get(hostname);
    if (found !== undefined) return await found;
    const giveBack = await takeBoth(all, own, signal);
    // Another may have begun with it in the meantime.
    const begun = running.get(hostname);
    if (begun !== undefined) {
      giveBack();
      return await begun;
    }
    const lookup = start(hostname, giveBack);
    running.set(hostname, lookup);
    return await lookup;
  };
}

async function takeBoth(all: Slots, own: Slots | undefined, signal: AbortSignal): Promise<() => void> {
  // First one's own: who waits for it must not hold what others could use.
  const giveBackOwn = await own?.acquire(signal);
  try {
    const giveBack = await all.acquire(signal);
    return () => {
      giveBack();
      giveBackOwn?.();
    };
  } catch (error) {
    giveBackOwn?.();
    throw error;
  }
}
