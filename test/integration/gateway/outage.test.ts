import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphQLAnswer, postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { TRANSPORTS } from '../../support/transports.ts';

let gateway: TestGateway;
let failure: Error | undefined;
beforeAll(async () => {
  gateway = await startTestGateway({
    authenticate: (real) => (credential) => (failure === undefined ? real(credential) : Promise.reject(failure)),
  });
});
afterAll(() => gateway.close());

const operation = { query: '{ viewer { subject } }' };

describe('While the database is away', () => {
  it('requests get 503 and a code to act on, and nothing is taken for a bug', async () => {
    failure = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'UNAVAILABLE' });
    const response = await postGraphQL(gateway.url, operation, { 'x-api-key': gateway.key });
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).not.toContain('10.0.0.7');
    expect(GraphQLAnswer.parse(JSON.parse(text)).errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect(gateway.bugs).toEqual([]);
  });

  it.each(TRANSPORTS)('%s says so', async (name, send) => {
    failure = Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
    const { errors } = await send(gateway.url, operation, gateway.key);
    // 1013: try again later, which graphql-ws does by itself.
    expect(errors?.[0]?.extensions?.['code']).toBe(name === 'WebSocket' ? 1013 : 'UNAVAILABLE');
    failure = undefined;
    expect((await send(gateway.url, operation, gateway.key)).errors).toBeUndefined();
  });
});
