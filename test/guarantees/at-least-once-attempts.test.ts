import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../support/app.ts';
import { publish, start, statusesOf } from '../support/client.ts';
import { openTestDatabase } from '../support/database.ts';
import type { ServerTestDatabase } from '../support/database.ts';
import { code, scripted } from '../support/scripted-code.ts';
import { makeKey, startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

describe('at-least-once-attempts: an attempt whose process died is abandoned and made again', () => {
  let test: ServerTestDatabase;
  let key: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-effects-'));
    test = await openTestDatabase();
    key = await makeKey(test.stores);
  });
  afterAll(async () => {
    await test.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Confined code leaves no trace outside of its scratch. */
  const environment = { ICEOS_SANDBOX: 'development' };

  /** Leaves a trace of each attempt; the first never ends. */
  const effect = (name: string): string => `
    const { appendFile, readFile } = await import('node:fs/promises');
    const file = ${JSON.stringify(folder)} + '/${name}';
    await appendFile(file, 'x');
    if ((await readFile(file, 'utf8')).length === 1) await new Promise(() => setInterval(() => {}, 1000));
    return 'done';`;

  it('without using up a retry, unless the node may not be repeated', { timeout: 60_000 }, async () => {
    const first = await startServerProcess({ databaseUrl: test.url, environment });
    const address = { url: first.url, key };
    const repeatable = await publish(address, {
      name: 'repeatable',
      nodes: { effect: { kind: 'code', source: effect('repeatable') } },
      output: '${ nodes.effect.output }',
    });
    const fragile = await publish(address, {
      name: 'fragile',
      nodes: { effect: { kind: 'code', source: effect('fragile'), onAbandon: 'fail' } },
    });
    const ids = [await start(address, repeatable, {}), await start(address, fragile, {})];
    await until(async () => (await readdir(folder)).length === 2, 20_000, 'both attempts have had their effect');
    await first.kill();

    const second = await startServerProcess({ databaseUrl: test.url, environment });
    const there = { url: second.url, key };
    const areOver = async (): Promise<boolean> =>
      (await statusesOf(there, ids)).every((status) => status !== 'RUNNING');
    await until(areOver, 30_000, 'both executions have ended');
    expect(await statusesOf(there, ids)).toEqual(['SUCCEEDED', 'FAILED']);
    await second.close();

    const effects = await Promise.all(
      ['repeatable', 'fragile'].map((name) => readFile(path.join(folder, name), 'utf8')),
    );
    expect(effects).toEqual(['xx', 'x']);
    const { rows } = await test.database.query<{ attempts: string; payload: string }>({
      text: `select string_agg(v.type || ':' || coalesce(v.attempt, 0), ' ' order by v.sequence) as attempts,
          string_agg(v.payload, ' ' order by v.sequence) filter (where v.type in (6, 8)) as payload
        from execution_events v where v.type in (3, 4, 5, 6, 8) group by v.execution_id order by v.execution_id`,
    });
    // Started, abandoned (6), and either started and succeeded (4), or the node failed (8); no attempt failed (5).
    expect(rows.map(({ attempts }) => attempts)).toEqual(['3:1 6:1 3:2 4:2', '3:1 6:1 8:0']);
    expect(rows[0]?.payload).toContain('ownerDied');
    expect(rows[1]?.payload).toContain('orchestratorCrashed');
  });

  it('gives all attempts of a node one idempotency key, and each node and each execution its own', async () => {
    const keys: Record<string, string[]> = {};
    const app = await startTestApp({
      databaseUrl: test.url,
      executors: scripted(({ path, attempt, idempotencyKey }) => {
        (keys[path] ??= []).push(idempotencyKey);
        if (attempt === 1) throw new Error('again');
        return null;
      }),
    });
    const retried = code({ retry: { attempts: 2, delayMs: 1 } });
    const nodes = { a: retried, each: { kind: 'loop', items: [1, 2], nodes: { b: retried } } };
    const blueprint = await app.publish({ name: 'keys', nodes });
    await app.finish(await app.start(blueprint));
    await app.finish(await app.start(blueprint));
    await app.close();

    expect(Object.keys(keys).sort()).toEqual(['a', 'each[0].b', 'each[1].b']);
    for (const made of Object.values(keys)) {
      expect(made).toEqual([made[0], made[0], made[2], made[2]]);
      expect(made[0]).not.toBe(made[2]);
    }
    expect(new Set(Object.values(keys).flat()).size).toBe(6);
  });
});
