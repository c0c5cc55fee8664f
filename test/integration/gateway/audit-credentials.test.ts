import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../../src/gateway/global-id.ts';
import { parseApiKey } from '../../../src/use-cases/api-key-text.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { startTestIssuer, type TestIssuer } from '../../support/issuer.ts';

let issuer: TestIssuer;
let gateway: TestGateway;
beforeAll(async () => {
  issuer = await startTestIssuer();
  gateway = await startTestGateway({ issuer, settings: { rateLimits: new Map([['viewer', 1]]) } });
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const DENY = `mutation ($value: String!) { denyToken(input: { kind: JTI, value: $value }) { __typename } }`;
const LOG = '{ auditLog(first: 1) { edges { node { subject credentialKind credentialId } } } }';

/** The newest entry, once somebody with that credential has denied some token. */
async function entryBy(credential: string): Promise<unknown> {
  const { data } = await gateway.run(DENY, { value: crypto.randomUUID() }, credential);
  expect(data).toEqual({ denyToken: { __typename: 'DenyTokenSuccess' } });
  return (await gateway.run(LOG)).data?.['auditLog'];
}
const entry = (node: object) => ({ edges: [{ node }] });

describe('An entry of the audit log', () => {
  it('names which of the keys of one name it was', async () => {
    for (const key of [await gateway.createKey({ name: 'ci' }), await gateway.createKey({ name: 'ci' })]) {
      const credentialId = encodeGlobalId('ApiKey', String(parseApiKey(key)?.id));
      expect(await entryBy(key)).toEqual(entry({ subject: 'ci', credentialKind: 'API_KEY', credentialId }));
    }
  });

  it('names the jti of a token, where it has one, and never the token', async () => {
    const token = await issuer.token({ jti: 'token-7', scope: 'keys' });
    expect(await entryBy(token)).toEqual(entry({ subject: 'ada', credentialKind: 'TOKEN', credentialId: 'token-7' }));
    const nameless = await issuer.token({ jti: undefined, scope: 'keys' });
    expect(await entryBy(nameless)).toEqual(entry({ subject: 'ada', credentialKind: 'TOKEN', credentialId: null }));
    const [, , signature] = token.split('.');
    const { rows } = await gateway.database.database.query({
      text: 'select 1 from audit_log a where strpos(a::text, $1) > 0',
      values: [signature],
    });
    expect(rows).toEqual([]);
  });
});

describe('A rate', () => {
  it('is that of a subject by one kind of credential: a token uses up nothing of the key of its name', async () => {
    const ask = async (credential: string) => (await gateway.run('{ viewer { subject } }', {}, credential)).errors;
    expect(await ask(await gateway.createKey({ name: 'ada' }))).toBeUndefined();
    expect(await ask(await issuer.token({ sub: 'ada' }))).toBeUndefined();
    for (const another of [await gateway.createKey({ name: 'ada' }), await issuer.token({ sub: 'ada', jti: 'other' })])
      expect(await ask(another)).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  });
});
