import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

let folder: string;
let server: ServerProcess;

/** Runs the built program as a script does: no terminal, the key from the data folder. */
function iceos(...args: readonly string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'], ICEOS_URL: server.url, ICEOS_DATA_DIR: folder };
  return new Promise((resolve) => {
    execFile(process.execPath, [path.resolve('dist/main.js'), ...args], { env }, (error, out, errors) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, errors });
    });
  });
}

async function blueprint(name: string, nodes: string): Promise<string> {
  const file = path.join(folder, `${name}.yaml`);
  await writeFile(file, `name: ${name}\nnodes:\n${nodes}`);
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-cli-'));
  server = await startServerProcess({ dataDir: folder });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the command line on a machine with nothing else', () => {
  it('publishes, starts and follows the example to its output', async () => {
    expect(await iceos('publish', 'examples/hello-world/blueprint.yaml')).toMatchObject({ code: 0 });
    const again = await iceos('publish', 'examples/hello-world/blueprint.yaml', '--json');
    expect(JSON.parse(again.out)).toMatchObject({ name: 'hello-world', outcome: 'UNCHANGED' });
    const watched = await iceos('start', 'hello-world', '--input', '{"name":"Ada"}', '--watch', '--json');
    expect(watched).toMatchObject({ code: 0, errors: '' });
    const lines = watched.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const outcome = lines.pop();
    expect(lines.map((event) => event.sequence)).toEqual(lines.map((_, place) => place + 1));
    expect(lines.at(-1)).toMatchObject({ type: 'EXECUTION_SUCCEEDED' });
    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: { greeting: 'Hello, Ada!' } });
    const resumed = await iceos('watch', outcome.id, '--after', lines[2].cursor, '--json');
    expect(resumed.out.split('\n')[0]).toContain('"sequence":4');
    expect((await iceos('list')).out).toContain(outcome.id);
  });

  it('ends with 1 when an execution fails, and says why', async () => {
    const file = await blueprint('failing', `  broken: { kind: code, source: "throw new Error('out of luck')" }\n`);
    expect(await iceos('publish', file)).toMatchObject({ code: 0 });
    const { code, errors } = await iceos('start', 'failing', '--watch');
    expect(code).toBe(1);
    expect(errors).toContain('out of luck');
  });

  it('ends with 3 when an execution is canceled', async () => {
    const file = await blueprint(
      'endless',
      '  wait: { kind: code, source: "return new Promise(() => setTimeout(() => {}, 60000))" }\n',
    );
    expect(await iceos('publish', file)).toMatchObject({ code: 0 });
    const id = (await iceos('start', 'endless')).out.trim();
    const watching = iceos('watch', id);
    expect(await iceos('cancel', id, '--reason', 'enough')).toMatchObject({ code: 0 });
    expect(await watching).toMatchObject({ code: 3 });
    expect(await iceos('cancel', id)).toMatchObject({ code: 2 });
  });

  it('ends with 2 for an input that does not fit, an unknown name and an unknown ID', async () => {
    expect((await iceos('start', 'hello-world', '--input', '{"name":1}')).code).toBe(2);
    expect((await iceos('start', 'nobody')).code).toBe(2);
    expect((await iceos('watch', 'bm90aGluZw')).code).toBe(2);
  });

  it('looks at the machine and the server', async () => {
    const { out } = await iceos('doctor', '--json');
    const findings = new Map(
      JSON.parse(out).map((finding: { name: string; ok: boolean }) => [finding.name, finding.ok]),
    );
    expect(findings.get('server')).toBe(true);
    expect(findings.get('api key')).toBe(true);
  });
});
