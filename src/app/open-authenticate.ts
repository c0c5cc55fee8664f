import { fetchFrom } from '../egress/origin-fetch.ts';
import { MIB } from '../core/units.ts';
import { createAuthenticate } from '../use-cases/authenticate.ts';
import type { Authenticate } from '../use-cases/authenticate.ts';
import { createIsTokenDenied } from '../use-cases/token-denials.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { Stores } from '../store/stores.ts';

const MAX_KEYS_BYTES = MIB;

export interface OpenAuthenticateDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Pick<Stores, 'credentials' | 'denials'>;
}

/** API keys, and tokens where an issuer is set up; what reads tokens is not loaded elsewhere. */
export async function openAuthenticate({ config, clock, store }: OpenAuthenticateDeps): Promise<Authenticate> {
  const byKey = createAuthenticate({ credentials: store.credentials, clock });
  const { jwtJwksUrl: url, jwtIssuer: issuer } = config;
  if (url === undefined || issuer === undefined) return byKey;
  const { createAuthenticateJwt } = await import('../gateway/jwt.ts');
  const { createKeySet } = await import('../gateway/jwks.ts');
  const byToken = createAuthenticateJwt({
    settings: {
      issuer,
      audience: config.jwtAudience,
      tenantClaim: config.jwtTenantClaim,
      scopesClaim: config.jwtScopesClaim,
      algorithms: config.jwtAlgorithms,
      clockSkewMs: config.jwtClockSkewMs,
      maxLifetimeMs: config.jwtMaxLifetimeMs,
    },
    keys: createKeySet({
      url,
      fetch: fetchFrom(url, MAX_KEYS_BYTES),
      clock,
      maxAgeMs: config.jwtKeysMaxAgeMs,
      coolDownMs: config.jwtKeysCoolDownMs,
      timeoutMs: config.jwtKeysTimeoutMs,
    }),
    clock,
    isDenied: createIsTokenDenied(store.denials, clock),
  });
  return (credential) => (credential.startsWith('ice_') ? byKey(credential) : byToken(credential));
}
