import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { TenantId } from '../core/ids.ts';
import { KIB, SECOND_MS } from '../core/units.ts';
import type { Authenticate, Session } from '../use-cases/authenticate.ts';
import type { IsTokenDenied } from '../use-cases/token-denials.ts';
import { isScope } from '../use-cases/viewer.ts';
import { IssuerUnavailableError } from './issuer-unavailable.ts';

/** Whose tokens are taken, and how they are read. */
export interface JwtSettings {
  readonly issuer: string;
  /** One of them must be in `aud`. */
  readonly audience: readonly string[];
  readonly tenantClaim: string;
  readonly scopesClaim: string;
  readonly algorithms: readonly string[];
  readonly clockSkewMs: number;
  readonly maxLifetimeMs: number;
}

export interface JwtDeps {
  readonly settings: JwtSettings;
  readonly keys: JWTVerifyGetKey;
  readonly clock: Pick<Clock, 'now'>;
  readonly isDenied: IsTokenDenied;
}

const LONGEST_TOKEN = 16 * KIB;

/** Stands in the database as author, and in the deny-list. */
const Name = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]*$/u);

const claimsOf = ({ tenantClaim, scopesClaim }: JwtSettings) => {
  const Scopes = z.union([z.string().transform((text) => text.split(' ')), z.array(z.string())]);
  const Claims = z.object({ sub: Name, jti: Name.optional(), iat: z.int(), exp: z.int() });
  const Tenant = z.string().toLowerCase().pipe(TenantId);
  return z
    .looseObject({})
    .transform((payload) => ({
      claims: payload,
      tenant: payload[tenantClaim],
      scopes: payload[scopesClaim] ?? [],
    }))
    .pipe(z.object({ claims: Claims, tenant: Tenant, scopes: Scopes }));
};

/** Tokens of one issuer (RFC 7519): signed by its keys, for this audience, and short. */
export function createAuthenticateJwt({ settings, keys, clock, isDenied }: JwtDeps): Authenticate {
  const Claims = claimsOf(settings);
  const { clockSkewMs, maxLifetimeMs } = settings;

  return async (token) => {
    const payload = await verify(token, { settings, keys, now: clock.now() });
    const read = Claims.safeParse(payload);
    if (!read.success) return undefined;
    const { claims, tenant, scopes } = read.data;
    const issuedAt = claims.iat * SECOND_MS;
    const endsAt = claims.exp * SECOND_MS;
    if (endsAt - issuedAt > maxLifetimeMs || issuedAt > clock.now() + clockSkewMs) return undefined;
    const expiresAt = endsAt + clockSkewMs;
    const { sub: subject, jti } = claims;
    const session: Session = {
      viewer: { tenant, subject, scopes: new Set(scopes.filter(isScope)), credential: { kind: 'token', id: jti } },
      credential: { type: 'token', tenant, subject, jti, expiresAt },
      expiresAt,
      isValid: async () => clock.now() < expiresAt && !(await isDenied({ tenant, subject, jti })),
    };
    return (await session.isValid()) ? session : undefined;
  };
}

/** What is signed, or undefined for what is not signed well. */
async function verify(
  token: string,
  { settings, keys, now }: Pick<JwtDeps, 'settings' | 'keys'> & { readonly now: number },
): Promise<JWTPayload | undefined> {
  if (token.length > LONGEST_TOKEN) return undefined;
  const { issuer, audience, algorithms, clockSkewMs } = settings;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: [...audience],
      algorithms: [...algorithms],
      clockTolerance: clockSkewMs / SECOND_MS,
      currentDate: new Date(now),
      requiredClaims: ['sub', 'iat', 'exp'],
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    if (error instanceof IssuerUnavailableError) throw error;
    // A key that cannot be used, such as one of too few bits, is the issuer's fault and no verdict on the token.
    throw new IssuerUnavailableError('The keys of the token issuer cannot be used.', { cause: error });
  }
}
