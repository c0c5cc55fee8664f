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
  /** Keys that are older are not used; at half of that age they are asked for again. */
  readonly maxAgeMs: number;
  /** A key that is not known is asked for when the last answer is older than this. */
  readonly coolDownMs: number;
  readonly timeoutMs: number;
}

/** Between two requests that fail. */
const RETRY_MS = SECOND_MS;

const KeySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

interface Held {
  readonly find: JWTVerifyGetKey;
  readonly atMs: number;
}

/** The keys of an issuer, kept. Rotation is found by a key that is not known; strangers cannot make it ask more often. */
export function createKeySet(deps: KeySetDeps): JWTVerifyGetKey {
  const { clock, maxAgeMs, coolDownMs } = deps;
  let held: Held | undefined;
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
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
      failed = { error, atMs: clock.monotonicMs() };
      throw error;
    } finally {
      asking = undefined;
    }
  }

  async function ask(): Promise<Held> {
    if (failed !== undefined && ageOf(failed) < RETRY_MS) throw failed.error;
    return (asking ??= fetchAnew());
  }

  return async (header, token) => {
    const current = held !== undefined && ageOf(held) < maxAgeMs ? held : await ask();
    // Ahead of time, so that nobody waits, and a short outage is noticed by nobody.
    if (ageOf(current) >= maxAgeMs / 2) ask().catch(() => undefined);
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
