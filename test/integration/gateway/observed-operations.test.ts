import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { makeKey } from '../../support/server-process.ts';
import { TRANSPORTS } from '../../support/transports.ts';

const VIEWER = '{ viewer { subject } }';

describe('An operation that ran', () => {
  let gateway: TestGateway;
  let fault: Error | undefined;
  let isKeyless = false;
  beforeAll(async () => {
    gateway = await startTestGateway({
      authenticate: (real) => (credential) =>
        isKeyless ? Promise.reject(Object.assign(new Error('away'), { code: 'UNAVAILABLE' })) : real(credential),
      settings: { rateLimits: new Map([['tools', 1]]) },
      useCases: (real) => ({
        ...real,
        blueprints: {
          ...real.blueprints,
          listBlueprints: (...args) => (fault ? Promise.reject(fault) : real.blueprints.listBlueprints(...args)),
        },
      }),
    });
  });
  afterAll(() => gateway.close());
  let seen = 0;
  beforeEach(() => {
    seen = gateway.observed.length;
  });
  const observed = () => gateway.observed.slice(seen);
  const LIST = '{ blueprints { edges { cursor } } }';

  it.each(TRANSPORTS)('is told of once, over %s', async (_name, send) => {
    const { data } = await send(gateway.url, { query: VIEWER }, gateway.key);
    expect(data).toEqual({ viewer: { subject: 'test' } });
    expect(observed()).toEqual(['query succeeded']);
  });

  it('is told apart by how it ended', async () => {
    const key = await gateway.createKey({ scopes: ['executions:read'] });
    await gateway.run(LIST, {}, key);
    fault = new Error('a bug');
    await gateway.run(LIST);
    fault = Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
    await gateway.run(LIST);
    fault = undefined;
    await gateway.run('mutation { deleteBlueprint(input: { id: "x", expectedVersion: 1 }) { __typename } }');
    // What a client can expect to go wrong is an answer.
    expect(observed()).toEqual(['query refused', 'query failed', 'query unavailable', 'mutation succeeded']);
  });

  it('over plain HTTP is told of as well', async () => {
    const ask = (path: string, method = 'GET'): Promise<Response> =>
      fetch(`${gateway.url}/api/v1/${path}`, { method, headers: { authorization: `Bearer ${gateway.key}` } });
    await ask('blueprints');
    await ask('blueprints/nothing');
    fault = Object.assign(new Error('away'), { code: 'UNAVAILABLE' });
    await ask('blueprints');
    fault = undefined;
    await ask('blueprints/nothing', 'DELETE');
    expect(observed()).toEqual(['query succeeded', 'query refused', 'query unavailable', 'mutation refused']);
  });

  it.each(TRANSPORTS)('is told of where it cannot be found out who asks, over %s', async (_name, send) => {
    isKeyless = true;
    await send(gateway.url, { query: VIEWER }, gateway.key).catch(() => undefined);
    isKeyless = false;
    expect(observed()).toEqual(['unread unavailable']);
    await send(gateway.url, { query: VIEWER }, 'ice_nobody').catch(() => undefined);
    expect(observed()).toEqual(['unread unavailable', 'unauthenticated: invalid']);
    await send(gateway.url, { query: VIEWER }, undefined).catch(() => undefined);
    expect(observed().at(-1)).toBe('unauthenticated: missing');
  });

  it('is none where it came too soon, or was refused before it ran', async () => {
    await gateway.run('{ tools { name } }');
    await gateway.run('{ tools { name } }');
    await gateway.run('{ nothing }');
    expect(observed()).toEqual(['query succeeded', 'too soon']);
  });
});

describe('The metrics of a running server', () => {
  let database: ServerTestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startTestApp({ databaseUrl: database.url });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  it('count operations, and tell how the database does', async () => {
    const key = await makeKey(database.stores);
    await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: VIEWER }),
    });
    const text = await (await fetch(`${app.url}/metrics`)).text();
    expect(text).toContain('iceos_operations_total{type="query",outcome="succeeded"} 1');
    expect(text).toContain('iceos_operation_duration_seconds_count{type="query"} 1');
    expect(text).toContain('iceos_database_up 1');
    expect(text).toContain('iceos_orchestrators_alive 1');
  });
});
