import { LRUCache } from 'lru-cache';
import { MINUTE_MS } from '../core/units.ts';

export interface FailedAttemptsOptions {
  /** Of one address in a minute that are told why they failed. */
  readonly maxFailedAuthentications: number;
  /** Addresses that are counted at once; the one that has failed longest ago is forgotten first. */
  readonly maxFailedAddresses: number;
  readonly monotonicMs: () => number;
}

/** How often each address has failed to say who asks. */
export interface FailedAttempts {
  /** Counts one more. Undefined: it is within the limit; else in how many milliseconds the address has failed too often no more. */
  count(address: string): number | undefined;
}

export function createFailedAttempts({
  maxFailedAuthentications: most,
  maxFailedAddresses: max,
  monotonicMs,
}: FailedAttemptsOptions): FailedAttempts {
  const windows = new LRUCache<string, { readonly endsAtMs: number; count: number }>({ max });
  return {
    count(address) {
      const now = monotonicMs();
      const known = windows.get(address);
      const window = known !== undefined && known.endsAtMs > now ? known : { endsAtMs: now + MINUTE_MS, count: 0 };
      if (window !== known) windows.set(address, window);
      window.count += 1;
      return window.count > most ? window.endsAtMs - now : undefined;
    },
  };
}
