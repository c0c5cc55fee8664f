import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

const EXAMPLE = path.resolve('examples/schema-check');
const execute = promisify(execFile);

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-schema-'));
  server = await startServerProcess({ dataDir: path.join(folder, 'server') });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs `iceos schema check` in a folder, with the key of the server there. */
function check(cwd: string, ...args: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const env = { PATH: process.env['PATH'], ICEOS_URL: server.url, ICEOS_DATA_DIR: path.join(folder, 'server') };
  const line = [path.resolve('dist/main.js'), 'schema', 'check', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, line, { env, cwd }, (error, out, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, out, errors });
    });
  });
}

/** A checkout of the example, in which the total of an order is gone. */
async function changedExample(): Promise<string> {
  const checkout = path.join(folder, 'checkout');
  await cp(EXAMPLE, checkout, { recursive: true });
  const git = (...args: readonly string[]) =>
    execute('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: checkout });
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'first');
  await git('update-ref', 'refs/remotes/origin/main', 'main');
  const schema = path.join(checkout, 'schema.graphql');
  await writeFile(schema, (await readFile(schema, 'utf8')).replace('total: Int!', ''));
  return checkout;
}

describe('iceos schema check', () => {
  it('sees that a server has the schema of this release', async () => {
    const same = await check('.', '--against', server.url, '--operations', 'src/cli/operations.graphql');
    expect(same).toMatchObject({ code: 0, errors: '' });
    expect(same.out).toContain('0 breaking, 0 dangerous, 0 safe. Of 1 recorded documents 0 would break.');
  });

  it('weighs a file against a server, and a server against a file', async () => {
    const schema = path.join(folder, 'older.graphql');
    const older = (await readFile('schema.graphql', 'utf8')).replace(/^ {2}blueprint\($/m, '  bluePrint(');
    await writeFile(schema, older);
    const args = ['--operations', 'src/cli/operations.graphql'];
    const broken = await check('.', '--against', server.url, '--schema', schema, ...args);
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/breaking +Query\.blueprint /);
    expect(broken.out).toContain('query FindBlueprint: Cannot query field "blueprint"');
    expect((await check('.', '--against', schema, '--schema', server.url)).out).toContain('Query.bluePrint');
  });

  it('refuses the change of a pull request, by the line of the example for GitHub', async () => {
    const workflow = parse(await readFile(path.join(EXAMPLE, 'schema-check.yml'), 'utf8'));
    const steps: readonly { readonly run?: string }[] = workflow.jobs.check.steps;
    const line = steps.find(({ run }) => run !== undefined)?.run ?? '';
    const args = /^npx --yes iceos schema check (.*)$/.exec(line)?.[1]?.replaceAll(/"|'/g, '').replace('$BASE', 'main');
    const { code, out } = await check(await changedExample(), ...(args ?? '').split(' '));
    expect(out).toContain('query ShowOrder: Cannot query field "total" on type "Order"');
    expect(code).toBe(1);
    const unknown = await check(folder, '--against', 'origin/main');
    expect(unknown.errors).toContain('git does not have it either');
    expect(unknown.code).toBe(2);
  });
});
