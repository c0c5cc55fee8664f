import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CliDeps, KeyRotation } from '../../../src/cli/cli-deps.ts';
import { runCli } from '../../../src/cli/program.ts';
import { data, file, scene } from '../../support/cli-scene.ts';

const SECRET = {
  name: 'token',
  version: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-02T00:00:00.000Z',
  updatedBy: 'ada',
};
const shown = data({ secret: SECRET });
const none = data({ secret: null });
const set = data({ setSecret: { __typename: 'SetSecretSuccess', secret: { ...SECRET, version: 4 } } });
const removed = data({ deleteSecret: { __typename: 'DeleteSecretSuccess', secret: SECRET } });
const conflict = { __typename: 'SecretVersionConflict', message: 'Somebody was quicker.' };

async function run(args: readonly string[], answers: Record<string, unknown> = {}, more: Partial<CliDeps> = {}) {
  const { deps, asked, out, errors } = scene(answers, more);
  const code = await runCli(['secrets', ...args], deps);
  return { code, asked, out: out(), errors: errors() };
}

describe('iceos secrets set', () => {
  it('reads the value from a file, for the version that it reads, and does not print it', async () => {
    const value = await file('hunter2-hunter2\n');
    const { code, out, errors, asked } = await run(['set', 'token', '--file', value], {
      ShowSecret: shown,
      SetSecret: set,
    });
    expect([code, out]).toEqual([0, 'The secret "token" is at version 4.\n']);
    expect(asked[1]?.variables).toEqual({ input: { name: 'token', value: 'hunter2-hunter2', expectedVersion: 3 } });
    expect(out + errors).not.toContain('hunter2');
  });

  it('makes one that is not there, and takes one line break off', async () => {
    const value = await file('two lines\n\n');
    const { asked } = await run(['set', 'token', '--file', value], { ShowSecret: none, SetSecret: set });
    expect(asked[1]?.variables).toEqual({ input: { name: 'token', value: 'two lines\n', expectedVersion: 0 } });
    const given = await run(['set', 'token', '--file', value, '--expected-version', '0', '--json'], { SetSecret: set });
    expect(given.asked[0]?.variables).toMatchObject({ input: { expectedVersion: 0 } });
    expect(JSON.parse(given.out)).toEqual({ ...SECRET, version: 4 });
  });

  it('says what is wrong', async () => {
    const value = await file('hunter2-hunter2');
    const stale = await run(['set', 'token', '--file', value], {
      ShowSecret: shown,
      SetSecret: data({ setSecret: conflict }),
    });
    expect([stale.code, stale.errors]).toEqual([2, 'Somebody was quicker.']);
    await writeFile(value, Buffer.from([0x61, 0xff, 0x62]));
    expect((await run(['set', 'token', '--file', value])).errors).toMatch(/is no text in UTF-8\. Give bytes in base64/);
    expect((await run(['set', 'token', '--file', '/nowhere'])).errors).toMatch(/there is no such file/);
    expect((await run(['set', 'token', '--expected-version', 'x'])).errors).toMatch(/must be a whole number/);
  });
});

describe('iceos secrets list and remove', () => {
  it('show all but values', async () => {
    const page = { edges: [{ node: SECRET }], pageInfo: { hasNextPage: true } };
    const { code, out, errors } = await run(['list'], { ListSecrets: data({ secrets: page }) });
    expect(code).toBe(0);
    expect(out).toMatch(/token +3 +2026-01-02T00:00:00.000Z +ada/);
    expect(errors).toMatch(/There are more/);
    const lines = await run(['list', '--json', '--first', '1'], { ListSecrets: data({ secrets: page }) });
    expect(JSON.parse(lines.out)).toEqual(SECRET);
    const empty = await run(['list'], {
      ListSecrets: data({ secrets: { edges: [], pageInfo: { hasNextPage: false } } }),
    });
    expect(empty.errors).toMatch(/There is no secret/);
  });

  it('delete at the version that was read, or that is given', async () => {
    const { code, out, asked } = await run(['remove', 'token'], { ShowSecret: shown, DeleteSecret: removed });
    expect([code, out]).toEqual([0, 'The secret "token" (version 3) is gone.\n']);
    expect(asked[1]?.variables).toEqual({ input: { name: 'token', expectedVersion: 3 } });
    const given = await run(['remove', 'token', '--expected-version', '2', '--json'], { DeleteSecret: removed });
    expect(given.asked[0]?.variables).toEqual({ input: { name: 'token', expectedVersion: 2 } });
    expect(JSON.parse(given.out)).toEqual(SECRET);
    const refused = { __typename: 'NotFoundError', message: 'There is no secret "token" that you may see.' };
    const gone = await run(['remove', 'token'], { ShowSecret: none, DeleteSecret: data({ deleteSecret: refused }) });
    expect([gone.code, gone.errors]).toEqual([2, refused.message]);
  });
});

describe('iceos secrets rotate-master-key and rotate-data-key', () => {
  const rotated: KeyRotation = { done: 7, faults: [], stopped: false };

  it('say how far they are, the first step at once, and what came of it', async () => {
    const { code, out, errors } = await run(
      ['rotate-master-key'],
      {},
      {
        async rotateMasterKey(onProgress) {
          for (let done = 1; done <= 7; done += 1) onProgress({ done, total: 7 });
          return rotated;
        },
      },
    );
    expect([code, errors]).toEqual([0, '1 of 7 data keys wrapped']);
    expect(out).toBe('7 data keys were wrapped with the current master key.\n');
    const tenants: unknown[] = [];
    const rotateDataKey: CliDeps['rotateDataKey'] = async (tenant, onProgress) => {
      tenants.push(tenant);
      onProgress({ done: 7, total: undefined });
      return rotated;
    };
    const tenant = '00000000-0000-7000-8000-000000000002';
    const one = await run(['rotate-data-key', '--tenant', tenant, '--json'], {}, { rotateDataKey });
    expect([one.code, one.errors, JSON.parse(one.out)]).toEqual([0, '7 secrets encrypted', rotated]);
    await run(['rotate-data-key'], {}, { rotateDataKey });
    expect(tenants).toEqual([tenant, undefined]);
  });

  it('end with a code for each end', async () => {
    const ending = async (end: Partial<KeyRotation>) =>
      run(['rotate-master-key'], {}, { rotateMasterKey: async () => ({ ...rotated, ...end }) });
    const faulty = await ending({ faults: ['Tenant 1, its data key: It does not open.'] });
    expect([faulty.code, faulty.errors]).toEqual([1, 'Tenant 1, its data key: It does not open.']);
    const stopped = await ending({ stopped: true });
    expect([stopped.code, stopped.out]).toEqual([130, expect.stringContaining('run it again, and it goes on')]);
    const keyless = await run(['rotate-master-key']);
    expect([keyless.code, keyless.errors]).toEqual([78, expect.stringContaining('set ICEOS_SECRET_KEY_FILE')]);
    const without = await run(['rotate-data-key']);
    expect([without.code, without.errors]).toEqual([2, 'The tenant has no secrets, and so no data key.']);
    expect((await run(['rotate-data-key', '--tenant', 'acme'])).errors).toMatch(/must be the ID of a tenant/);
  });
});
