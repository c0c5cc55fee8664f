import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/units.ts';
import { IssuerUnavailableError } from './issuer-unavailable.ts';

export interface KeySetDeps {
  readonly url: string;
  /** Of `egress`: asks that origin alone, and reads no more than it may. */
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Keys that are older are not used while the issuer answers; at half of that age they are asked for again. */
  readonly maxAgeMs: number;
  /** For how long beyond that they are used while it does not. */
  readonly maxStaleMs: number;
  /** A key that is not known is asked for when the last answer is older than this; the longest pause between failures. */
  readonly coolDownMs: number;
  readonly timeoutMs: number;
}

/** After the first request that fails; twice as long after each further one. */
const RETRY_MS = SECOND_MS;

const KeySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

interface Held {
  readonly find: JWTVerifyGetKey;
  readonly atMs: number;
}

/** The keys of an issuer, kept. Rotation is found by a key that is not known; strangers cannot make it ask more often. */
export function createKeySet(deps: KeySetDeps): JWTVerifyGetKey {
  const { clock, maxAgeMs, maxStaleMs, coolDownMs } = deps;
  let held: Held | undefined;
  let failed: { readonly error: unknown; readonly atMs: number; readonly pauseMs: number } | undefined;
  let asking: Promise<Held> | undefined;

  const ageOf = ({ atMs }: { readonly atMs: number }): number => clock.monotonicMs() - atMs;

  async function fetchAnew(): Promise<Held> {
    try {
      const keys = await fetchKeys(deps);
      held = { find: createLocalJWKSet(keys), atMs: clock.monotonicMs() };
      failed = undefined;
      return held;
    } catch (cause) {
      const error = new IssuerUnavailableError('The keys of the token issuer cannot be had at the moment. Try again.', {
        cause,
      });
      const pauseMs = failed === undefined ? RETRY_MS : Math.min(failed.pauseMs * 2, Math.max(coolDownMs, RETRY_MS));
      failed = { error, atMs: clock.monotonicMs(), pauseMs };
      throw error;
    } finally {
      asking = undefined;
    }
  }

  async function ask(): Promise<Held> {
    // While it fails one request waits for what it says now, and nobody else.
    if (failed !== undefined && (asking !== undefined || ageOf(failed) < failed.pauseMs)) throw failed.error;
    return (asking ??= fetchAnew());
  }

  async function present(): Promise<Held> {
    const usable = held !== undefined && ageOf(held) < maxAgeMs + maxStaleMs ? held : undefined;
    if (usable !== undefined && (ageOf(usable) < maxAgeMs || failed !== undefined)) {
      // Ahead of time, so that nobody waits, and a short outage is noticed by nobody.
      if (ageOf(usable) >= maxAgeMs / 2) ask().catch(() => undefined);
      return usable;
    }
    return ask().catch((error: unknown) => {
      if (usable !== undefined) return usable;
      throw error;
    });
  }

  return async (header, token) => {
    const current = await present();
    try {
      return await current.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || ageOf(current) < coolDownMs) throw error;
      return (await ask()).find(header, token);
    }
  };
}

async function fetchKeys({ url, fetch, timeoutMs }: KeySetDeps): Promise<z.infer<typeof KeySet>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { headers: { accept: 'application/jwk-set+json, application/json' }, signal });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered with status ${response.status}.`);
  }
  return KeySet.parse(await response.json());
}
