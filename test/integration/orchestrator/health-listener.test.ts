import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../support/app.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';

const TOKEN = 'token-of-the-scraper';

let database: ServerTestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await openTestDatabase();
  app = await startTestApp({
    databaseUrl: database.url,
    environment: { ICEOS_ROLE: 'orchestrator', ICEOS_METRICS_TOKEN: TOKEN },
  });
});
afterAll(async () => {
  await app.close();
  await database.close();
});

/** `fetch` sets the Host header itself. */
function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(`${app.operatorUrl}${path}`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

describe('the listener of a process that only orchestrates', () => {
  it('answers probes under any name', async () => {
    expect(await ask('/healthz', { host: '10.1.2.3:4000' })).toMatchObject({ status: 200 });
    expect(await ask('/readyz', { host: '10.1.2.3:4000' })).toEqual({ status: 200, text: '{"status":"ready"}\n' });
  });

  it('shows its own metrics to the holder of the token, under its own names', async () => {
    const authorization = `Bearer ${TOKEN}`;
    expect((await ask('/metrics')).status).toBe(403);
    expect((await ask('/metrics', { authorization: 'Bearer another' })).status).toBe(403);
    expect((await ask('/metrics', { authorization, host: 'evil.example' })).status).toBe(421);
    const { status, text } = await ask('/metrics', { authorization });
    expect(status).toBe(200);
    expect(text).toContain('iceos_executions_running 0');
    expect(text).toContain('iceos_orchestrators_alive 1');
  });

  it('has nothing for clients', async () => {
    expect(app.url).toBeUndefined();
    for (const path of ['/', '/graphql', '/api/v1/blueprints', '/metrics/', '//metrics']) {
      expect([path, (await ask(path)).status]).toEqual([path, 404]);
    }
    expect((await ask('/graphql')).text).toContain('ICEOS_ROLE=orchestrator');
    const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
    await expect(ask('/graphql', upgrade)).resolves.toMatchObject({ status: 404 });
  });

  it('closes with the process', async () => {
    const other = await startTestApp({ databaseUrl: database.url, environment: { ICEOS_ROLE: 'orchestrator' } });
    const { operatorUrl } = other;
    expect((await fetch(`${operatorUrl}/healthz`)).status).toBe(200);
    await other.close();
    await expect(fetch(`${operatorUrl}/healthz`)).rejects.toThrow('fetch failed');
  });
});
