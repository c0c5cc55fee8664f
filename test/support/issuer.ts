import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Environment } from '../../src/config.ts';
import { z } from 'zod';
import { DEFAULT_TENANT } from '../../src/core/ids.ts';

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** A token issuer on loopback: a real HTTP server that publishes its keys. */
export interface TestIssuer {
  readonly url: string;
  /** What a server needs to take its tokens. */
  readonly settings: Environment;
  /** What it publishes; tests change it. */
  published: readonly JWK[];
  /** Exchanges the answer; undefined: the keys. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** Requests for the keys so far. */
  readonly asked: number;
  readonly key: SigningKey;
  /** A token that is good for five minutes, but for what is given. */
  token(claims?: Record<string, unknown>, key?: SigningKey): Promise<string>;
  close(): Promise<void>;
}

export const ISSUER = 'https://issuer.test/';
export const AUDIENCE = 'iceos-test';

export async function newSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Claims of a good token; `exp` and `iat` in seconds. */
export function goodClaims(nowMs = Date.now()): Record<string, unknown> {
  const iat = Math.floor(nowMs / 1_000);
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'ada',
    jti: 'token-1',
    iat,
    exp: iat + 300,
    tenant: DEFAULT_TENANT,
    scope: 'openid executions:read blueprints:read',
  };
}

/** A signed token with exactly these claims; undefined ones are left out. */
export const sign = (claims: Record<string, unknown>, { kid, alg, privateKey }: SigningKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(privateKey);

export async function startTestIssuer(): Promise<TestIssuer> {
  const key = await newSigningKey('first');
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    if (issuer.answer !== undefined) {
      issuer.answer(response);
      return;
    }
    response.setHeader('content-type', 'application/jwk-set+json');
    response.end(JSON.stringify({ keys: issuer.published }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const url = `http://127.0.0.1:${port}/keys`;
  const issuer: TestIssuer = {
    url,
    key,
    published: [key.jwk],
    answer: undefined,
    settings: { ICEOS_JWT_JWKS_URL: url, ICEOS_JWT_ISSUER: ISSUER, ICEOS_JWT_AUDIENCE: AUDIENCE },
    get asked() {
      return asked;
    },
    token: (claims = {}, by = key) => sign({ ...goodClaims(), ...claims }, by),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return issuer;
}
