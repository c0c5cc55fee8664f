import { z } from 'zod';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/units.ts';
import { list, number, optional, text, type Described, type Setting } from './setting.ts';

const DAY_MS = 24 * HOUR_MS;

const access = (name: string, meaning: string): Described => ({ group: 'Access', name: `ICEOS_${name}`, meaning });
const ms = (min: number, max: number) => ({ unit: 'milliseconds', min, max });

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const JwksUrl = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}, 'must be a URL of https, or of http on loopback, without user and password');

/** Public keys are published, so that only algorithms with a private half make sense. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;
const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;

const algorithms: Setting<readonly string[]> = {
  ...list(
    access('JWT_ALGORITHMS', 'Algorithms by which tokens may be signed; with public keys only.'),
    'names, by comma',
    z.enum(ALGORITHMS, `must be one of ${ALGORITHMS.join(', ')}`),
  ),
  shown: DEFAULT_ALGORITHMS.join(','),
  absent: () => DEFAULT_ALGORITHMS,
};

/** Who may ask. */
export const ACCESS = {
  maxApiKeys: number(
    access('MAX_API_KEYS', 'Valid API keys that one tenant may have at once.'),
    { unit: 'keys', min: 1, max: 1_000_000 },
    1_000,
  ),
  maxKeyOverlapMs: number(
    access('MAX_KEY_OVERLAP_MS', 'How long a rotated API key may stay valid beside the one that replaces it.'),
    ms(0, 90 * DAY_MS),
    7 * DAY_MS,
  ),
  voidKeyRetentionMs: number(
    access('VOID_KEY_RETENTION_MS', 'How long API keys that expired or were revoked stay in the list.'),
    ms(HOUR_MS, 36_500 * DAY_MS),
    365 * DAY_MS,
  ),
  sweepEveryMs: number(
    access(
      'SWEEP_EVERY_MS',
      'How often each process deletes such keys, and stream tickets, entries of the deny-list and counts of rates that have expired; give or take a half.',
    ),
    ms(SECOND_MS, DAY_MS),
    MINUTE_MS,
  ),
  sweepMaxRows: number(
    access(
      'SWEEP_MAX_ROWS',
      'The most rows of each of these tables that it deletes at once; the others wait for the next time.',
    ),
    { unit: 'rows', min: 1, max: 1_000_000 },
    10_000,
  ),
  maxFailedAuthentications: number(
    access(
      'MAX_FAILED_AUTHENTICATIONS',
      'Requests without a valid credential that one address may make in a minute; further ones get 429, and a WebSocket 1013. Valid credentials are served all the same.',
    ),
    { unit: 'requests', min: 1, max: 1_000_000 },
    100,
  ),
  maxFailedAddresses: number(
    access(
      'MAX_FAILED_ADDRESSES',
      'Addresses of such requests that are counted at once; the oldest is forgotten first.',
    ),
    { unit: 'addresses', min: 1, max: 1_000_000 },
    10_000,
  ),
  trustedProxies: list(
    access(
      'TRUSTED_PROXIES',
      'Proxies in front of the server, whose word in X-Forwarded-For or Forwarded is taken for the address of a client. Without it clients have the address of their connection.',
    ),
    'CIDR ranges, by comma',
    z.union([z.cidrv4(), z.cidrv6()], 'must be a range such as 10.0.0.0/8 or fd00::/8'),
  ),
  jwtJwksUrl: optional(
    access(
      'JWT_JWKS_URL',
      'Where the token issuer publishes its keys. With it, tokens (JWT) are taken beside API keys; ICEOS_JWT_ISSUER and ICEOS_JWT_AUDIENCE are needed then.',
    ),
    'https URL',
    JwksUrl,
  ),
  jwtIssuer: optional(access('JWT_ISSUER', 'The claim iss of tokens, exactly.'), '', z.string()),
  jwtAudience: list(
    access('JWT_AUDIENCE', 'What this server is called in the claim aud of tokens; one of them must be there.'),
    'names, by comma',
    z.string(),
  ),
  jwtTenantClaim: text(access('JWT_TENANT_CLAIM', 'The claim with the tenant, a UUID.'), 'tenant'),
  jwtScopesClaim: text(
    access(
      'JWT_SCOPES_CLAIM',
      'The claim with the scopes: a list, or a text parted by blanks. Others are passed over.',
    ),
    'scope',
  ),
  jwtAlgorithms: algorithms,
  jwtClockSkewMs: number(
    access('JWT_CLOCK_SKEW_MS', 'How far the clocks of issuer and server may differ: added to the life of a token.'),
    ms(0, 5 * MINUTE_MS),
    30 * SECOND_MS,
  ),
  jwtMaxLifetimeMs: number(
    access('JWT_MAX_LIFETIME_MS', 'Longest life of a token, from iat to exp; longer ones are refused.'),
    ms(SECOND_MS, HOUR_MS),
    HOUR_MS,
  ),
  jwtKeysMaxAgeMs: number(
    access('JWT_KEYS_MAX_AGE_MS', 'How long the keys of the issuer are used; at half of it they are asked for again.'),
    ms(SECOND_MS, DAY_MS),
    10 * MINUTE_MS,
  ),
  jwtKeysMaxStaleMs: number(
    access(
      'JWT_KEYS_MAX_STALE_MS',
      'How long beyond that the keys of the issuer are used while it does not answer; then tokens get UNAVAILABLE.',
    ),
    ms(0, DAY_MS),
    HOUR_MS,
  ),
  jwtKeysCoolDownMs: number(
    access(
      'JWT_KEYS_COOL_DOWN_MS',
      'How long after an answer of the issuer an unknown key is not asked for, and the longest pause while it fails.',
    ),
    ms(0, HOUR_MS),
    30 * SECOND_MS,
  ),
  jwtKeysTimeoutMs: number(
    access('JWT_KEYS_TIMEOUT_MS', 'How long the issuer may take to answer with its keys.'),
    ms(100, MINUTE_MS),
    5 * SECOND_MS,
  ),
  maxStreamTickets: number(
    access('MAX_STREAM_TICKETS', 'Stream tickets of one tenant that are valid at once.'),
    { unit: 'tickets', min: 1, max: 1_000_000 },
    10_000,
  ),
  maxTicketLifetimeMs: number(
    access('MAX_TICKET_LIFETIME_MS', 'How long a stream ticket may be used to connect.'),
    ms(SECOND_MS, HOUR_MS),
    10 * MINUTE_MS,
  ),
  maxTokenDenials: number(
    access('MAX_TOKEN_DENIALS', "Entries that one tenant's deny-list of tokens may have."),
    { unit: 'entries', min: 1, max: 1_000_000 },
    10_000,
  ),
};

interface JwtSource {
  readonly jwtJwksUrl: string | undefined;
  readonly jwtIssuer: string | undefined;
  readonly jwtAudience: readonly string[];
}

/** Rules between them: tokens of anybody, or for anybody, must not be taken because a line was forgotten. */
export function accessFaults(config: JwtSource): readonly { readonly setting: string; readonly message: string }[] {
  const given = [
    ['ICEOS_JWT_JWKS_URL', config.jwtJwksUrl !== undefined],
    ['ICEOS_JWT_ISSUER', config.jwtIssuer !== undefined],
    ['ICEOS_JWT_AUDIENCE', config.jwtAudience.length > 0],
  ] as const;
  const set = given.flatMap(([name, isSet]) => (isSet ? [name] : []));
  if (set.length === 0) return [];
  return given.flatMap(([setting, isSet]) =>
    isSet
      ? []
      : [{ setting, message: `${setting}: is missing, and tokens need it too, as ${set.join(' and ')} is set.` }],
  );
}
