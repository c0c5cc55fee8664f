import { fetchFrom } from '../egress/origin-fetch.ts';
import { MIB } from '../core/units.ts';
import { createAuthenticate, createIsApiKeyValid } from '../use-cases/authenticate.ts';
import type { Authenticate } from '../use-cases/authenticate.ts';
import { createAuthenticateTicket } from '../use-cases/stream-tickets.ts';
import { createIsTokenDenied } from '../use-cases/token-denials.ts';
import type { IsTokenDenied } from '../use-cases/token-denials.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../core/clock.ts';
import type { Stores } from '../store/stores.ts';

const MAX_KEYS_BYTES = MIB;

export interface OpenAuthenticateDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly store: Pick<Stores, 'credentials' | 'denials' | 'tickets'>;
}

/** By what clients may say who they are. */
export interface Authenticators {
  /** An API key, or a token where an issuer is set up. */
  readonly authenticate: Authenticate;
  readonly authenticateTicket: Authenticate;
}

export async function openAuthenticate(deps: OpenAuthenticateDeps): Promise<Authenticators> {
  const { clock, store } = deps;
  const isDenied = createIsTokenDenied(store.denials, clock);
  const byKey = createAuthenticate({ credentials: store.credentials, clock });
  const byToken = await openAuthenticateJwt(deps, isDenied);
  const isKeyValid = createIsApiKeyValid({ credentials: store.credentials, clock });
  return {
    authenticate: (credential) =>
      byToken === undefined || credential.startsWith('ice_') ? byKey(credential) : byToken(credential),
    authenticateTicket: createAuthenticateTicket({
      tickets: store.tickets,
      clock,
      isValid: async (credential) =>
        credential.type === 'apiKey'
          ? isKeyValid(credential.id)
          : clock.now() < credential.expiresAt && !(await isDenied(credential)),
    }),
  };
}

/** Undefined where no issuer is set up; what reads tokens is not loaded there. */
async function openAuthenticateJwt(
  { config, clock }: OpenAuthenticateDeps,
  isDenied: IsTokenDenied,
): Promise<Authenticate | undefined> {
  const { jwtJwksUrl: url, jwtIssuer: issuer } = config;
  if (url === undefined || issuer === undefined) return undefined;
  const { createAuthenticateJwt } = await import('../gateway/jwt.ts');
  const { createKeySet } = await import('../gateway/jwks.ts');
  return createAuthenticateJwt({
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
      maxStaleMs: config.jwtKeysMaxStaleMs,
      coolDownMs: config.jwtKeysCoolDownMs,
      timeoutMs: config.jwtKeysTimeoutMs,
    }),
    clock,
    isDenied,
  });
}
