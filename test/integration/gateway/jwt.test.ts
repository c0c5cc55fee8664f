import { createHmac, generateKeyPairSync } from 'node:crypto';
import { exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { fetchFrom } from '../../../src/egress/origin-fetch.ts';
import { createKeySet } from '../../../src/gateway/jwks.ts';
import { createAuthenticateJwt } from '../../../src/gateway/jwt.ts';
import type { TokenNames } from '../../../src/use-cases/token-denials.ts';
import {
  AUDIENCE,
  goodClaims,
  ISSUER,
  newSigningKey,
  sign,
  startTestIssuer,
  type TestIssuer,
} from '../../support/issuer.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const START = 1_800_000_000_000;
const SECONDS = START / 1_000;

let issuer: TestIssuer;
beforeEach(async () => {
  issuer = await startTestIssuer();
});
afterEach(() => issuer.close());

function fixture({ tenantClaim = 'tenant', scopesClaim = 'scope', timeoutMs = 30_000 } = {}) {
  const clock = createManualClock(START);
  const denied: TokenNames[] = [];
  const keys = createKeySet({
    url: issuer.url,
    fetch: fetchFrom(issuer.url, 100_000),
    clock,
    maxAgeMs: 600_000,
    maxStaleMs: 1_800_000,
    coolDownMs: 30_000,
    timeoutMs,
  });
  const settings = {
    ...{ issuer: ISSUER, audience: ['other', AUDIENCE], tenantClaim, scopesClaim },
    ...{ algorithms: ['ES256', 'RS256'], clockSkewMs: 30_000, maxLifetimeMs: 3_600_000 },
  };
  const isDenied = async (token: TokenNames) => denied.some(({ subject }) => subject === token.subject);
  const authenticate = createAuthenticateJwt({ settings, keys, clock, isDenied });
  const token = (claims: Record<string, unknown> = {}, key = issuer.key) =>
    sign({ ...goodClaims(clock.now()), ...claims }, key);
  return { clock, denied, authenticate, token };
}

describe('A token', () => {
  it('stands for its subject, tenant and known scopes', async () => {
    const { authenticate, token } = fixture();
    const session = await authenticate(await token());
    const scopes = new Set(['executions:read', 'blueprints:read']);
    const credential = { kind: 'token', id: 'token-1' };
    expect(session?.viewer).toEqual({ tenant: DEFAULT_TENANT, subject: 'ada', scopes, credential });
    expect(issuer.asked).toBe(1);
    const list = await authenticate(await token({ scope: ['keys', 'openid'], tenant: DEFAULT_TENANT.toUpperCase() }));
    expect(list?.viewer).toEqual({ tenant: DEFAULT_TENANT, subject: 'ada', scopes: new Set(['keys']), credential });
    const none = await authenticate(await token({ scope: undefined }));
    expect(none?.viewer.scopes).toEqual(new Set());
    expect(issuer.asked).toBe(1);
  });

  it('may have other names for its claims', async () => {
    const { authenticate, token } = fixture({ tenantClaim: 'https://a.test/tenant', scopesClaim: 'permissions' });
    const claims = { 'https://a.test/tenant': DEFAULT_TENANT, permissions: ['keys'], tenant: undefined };
    expect((await authenticate(await token(claims)))?.viewer.scopes).toEqual(new Set(['keys']));
    expect(await authenticate(await token())).toBeUndefined();
  });

  it.each([
    ['of another issuer', { iss: 'https://issuer.test' }],
    ['for somebody else', { aud: 'billing' }],
    ['for nobody', { aud: undefined }],
    ['without an end', { exp: undefined }],
    ['without a beginning', { iat: undefined }],
    ['without a subject', { sub: undefined }],
    ['whose subject is too long', { sub: 'x'.repeat(257) }],
    ['whose subject has a NUL', { sub: 'a\u0000' }],
    ['whose jti is a number', { jti: 7 }],
    ['without a tenant', { tenant: undefined }],
    ['whose tenant is no UUID', { tenant: 'acme' }],
    ['whose tenant is a list', { tenant: [DEFAULT_TENANT] }],
    ['whose scopes are a number', { scope: 1 }],
    ['that has expired, by more than the skew', { exp: SECONDS - 30 }],
    ['from the future, by more than the skew', { iat: SECONDS + 31 }],
    ['that is not valid yet, by more than the skew', { nbf: SECONDS + 31 }],
    ['that lives longer than an hour', { iat: SECONDS - 1, exp: SECONDS + 3_600 }],
    ['that is said to begin in the future to live longer', { iat: SECONDS + 3_000, exp: SECONDS + 6_600 }],
    ['that has a fraction of an end', { exp: SECONDS + 10.5 }],
  ])('%s is refused', async (_what, claims) => {
    const { authenticate, token } = fixture();
    expect(await authenticate(await token(claims))).toBeUndefined();
  });

  it('is taken within the skew of the clocks, and an hour long', async () => {
    const { authenticate, token } = fixture();
    for (const claims of [
      { exp: SECONDS - 29 },
      { iat: SECONDS + 30 },
      { nbf: SECONDS + 30 },
      { iat: SECONDS - 10, exp: SECONDS + 3_590 },
    ]) {
      expect(await authenticate(await token(claims)), JSON.stringify(claims)).toBeDefined();
    }
  });

  it('ends a session at its end and the skew, or when it is denied', async () => {
    const { authenticate, token, clock, denied } = fixture();
    const session = await authenticate(await token({ exp: SECONDS + 10 }));
    clock.advance(39_999);
    expect(await session?.isValid()).toBe(true);
    clock.advance(1);
    expect(await session?.isValid()).toBe(false);
    const next = await token();
    const other = await authenticate(next);
    denied.push({ tenant: DEFAULT_TENANT, subject: 'ada', jti: undefined });
    expect(await other?.isValid()).toBe(false);
    expect(await authenticate(next)).toBeUndefined();
  });
});

describe('A signature', () => {
  it('of another key, of none, or by an algorithm that is not allowed, is refused', async () => {
    const { authenticate, token } = fixture();
    const [header, payload] = (await token()).split('.');
    const impostor = await newSigningKey('first');
    const other = await newSigningKey('es512', 'ES512');
    issuer.published = [issuer.key.jwk, other.jwk];
    const unsigned = new UnsecuredJWT(goodClaims(START)).encode();
    for (const bad of [
      await token({}, impostor),
      await token({}, other),
      unsigned,
      `${header}.${payload}.`,
      `${header}.${payload}.${'A'.repeat(86)}`,
      'a.b.c',
      'nonsense',
      `${header}.${'A'.repeat(20_000)}.AAAA`,
    ]) {
      expect(await authenticate(bad)).toBeUndefined();
    }
  });

  it('made with the public key as a secret is refused, whatever form of it was used', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'rsa' };
    issuer.published = [jwk];
    const pem = await exportSPKI(publicKey);
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { authenticate } = fixture();
    for (const secret of [pem, pem.trim(), JSON.stringify(jwk), String(jwk.n)]) {
      const signed = `${encode({ alg: 'HS256', kid: 'rsa' })}.${encode(goodClaims(START))}`;
      const forged = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      expect(await authenticate(forged)).toBeUndefined();
    }
  });

  it('by a key that the token brings along is refused', async () => {
    const mine = await newSigningKey('mine');
    const { authenticate } = fixture();
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const own = await sign(goodClaims(START), mine);
    const header = encode({ alg: 'ES256', kid: 'mine', jwk: mine.jwk, jku: 'https://evil.test/keys' });
    expect(await importJWK(mine.jwk)).toBeDefined();
    expect(await authenticate([header, ...own.split('.').slice(1)].join('.'))).toBeUndefined();
  });
});

describe('The keys of the issuer', () => {
  it('are asked for once, and again for a key that is not known, but not again and again', async () => {
    const { authenticate, token, clock } = fixture();
    await Promise.all(Array.from({ length: 20 }, async () => authenticate(await token())));
    expect(issuer.asked).toBe(1);
    const next = await newSigningKey('second');
    issuer.published = [issuer.key.jwk, next.jwk];
    expect(await authenticate(await token({}, next))).toBeUndefined();
    expect(issuer.asked).toBe(1);
    clock.advance(30_000);
    const unknown = await newSigningKey('unknown');
    expect(await authenticate(await token({}, unknown))).toBeUndefined();
    expect(await authenticate(await token({}, next))).toBeDefined();
    for (let times = 0; times < 20; times += 1) await authenticate(await token({}, unknown));
    expect(issuer.asked).toBe(2);
  });

  it('that were withdrawn are not used beyond their age', async () => {
    const { authenticate, token, clock } = fixture();
    await authenticate(await token());
    issuer.published = [(await newSigningKey('second')).jwk];
    clock.advance(600_000);
    expect(await authenticate(await token())).toBeUndefined();
  });

  it('outlive a short outage, and are asked for ahead of time', async () => {
    const { authenticate, token, clock } = fixture();
    await authenticate(await token());
    issuer.answer = (response) => response.writeHead(503).end();
    clock.advance(300_000);
    expect(await authenticate(await token())).toBeDefined();
    // Waits for the answer to what was asked ahead of time, as it may be that its key is in it.
    const unknown = await token({}, await newSigningKey('unknown'));
    await expect(authenticate(unknown)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(issuer.asked).toBe(2);
    clock.advance(299_000);
    expect(await authenticate(await token())).toBeDefined();
    await until(async () => issuer.asked === 3, 10_000, 'the keys are asked for again');
  });

  it('are used for so long while the issuer fails, and no longer', async () => {
    const { authenticate, token, clock } = fixture();
    await authenticate(await token());
    issuer.answer = (response) => response.destroy();
    clock.advance(600_000);
    expect(await authenticate(await token())).toBeDefined();
    expect(issuer.asked).toBe(2);
    clock.advance(1_799_999);
    expect(await authenticate(await token())).toBeDefined();
    clock.advance(1);
    await expect(authenticate(await token())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    issuer.answer = undefined;
    clock.advance(30_000);
    const good = await token();
    // What was asked before that may still be on its way, and its failure is the begin of another pause.
    const isTaken = (): Promise<boolean> => {
      clock.advance(1_000);
      return authenticate(good).then(Boolean, () => false);
    };
    await until(isTaken, 10_000, 'the keys are there again');
  });

  it('are asked for less and less often while the issuer fails, and one request alone waits for it', async () => {
    const { authenticate, token, clock } = fixture();
    let hanging: (() => void) | undefined;
    issuer.answer = (response) => response.destroy();
    const good = await token();
    const refused = () => expect(authenticate(good)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await refused();
    const pauses = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    for (const [index, pauseMs] of pauses.entries()) {
      clock.advance(pauseMs - 1);
      await refused();
      expect(issuer.asked).toBe(index + 1);
      clock.advance(1);
      await refused();
      expect(issuer.asked).toBe(index + 2);
    }
    issuer.answer = (response) => {
      hanging = () => response.destroy();
    };
    clock.advance(30_000);
    let waited = false;
    const waiting = refused().then(() => (waited = true));
    await until(async () => hanging !== undefined, 10_000, 'the issuer is asked');
    await refused();
    expect(waited).toBe(false);
    hanging?.();
    await waiting;
  });

  it.each<[string, NonNullable<TestIssuer['answer']>]>([
    ['breaks off', (response) => response.destroy()],
    ['fails', (response) => response.writeHead(500).end('down')],
    ['leads elsewhere', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['says nothing', () => undefined],
    ['says something else', (response) => response.end('<html>')],
    ['has no list', (response) => response.end('{"keys":"none"}')],
    ['says too much', (response) => response.end(JSON.stringify({ keys: [], more: 'x'.repeat(200_000) }))],
    [
      'has a key of no use',
      (response) => response.end('{"keys":[{"kty":"EC","kid":"first","crv":"P-256","x":"1","y":"2"}]}'),
    ],
  ])('that cannot be had are no verdict on a token: the issuer %s', async (_what, answer) => {
    issuer.answer = answer;
    const { authenticate, token } = fixture({ timeoutMs: 500 });
    const good = await token();
    await expect(authenticate(good)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    // What fails is not asked for by every request.
    await expect(authenticate(good)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(issuer.asked).toBe(1);
  });

  it('are there again when the issuer is', async () => {
    issuer.answer = (response) => response.destroy();
    const { authenticate, token, clock } = fixture();
    await expect(authenticate(await token())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    issuer.answer = undefined;
    clock.advance(1_000);
    expect(await authenticate(await token())).toBeDefined();
  });
});
