import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks, fileOf, notRun, type CodeBlock } from '../support/markdown.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

const execute = promisify(execFile);
const inGuides = (block: CodeBlock): boolean => block.page.startsWith('docs/guides/');
const files = (await codeBlocks('json', 'js', 'yaml')).filter(inGuides);
const blocks = (await codeBlocks('sh')).filter((block) => inGuides(block) && notRun(block) === undefined);
// `npx iceos` is the program of this checkout, wherever a guide is followed.
const NPX = `npx() { shift; '${process.execPath}' '${path.resolve('dist/main.js')}' "$@"; }`;

let folder: string;
let server: ServerProcess;

async function follow({ text }: CodeBlock): Promise<string> {
  const env = { PATH: process.env['PATH'], ICEOS_URL: server.url, ICEOS_SANDBOX: 'best-available' };
  const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', `${NPX}\n${text}`], { cwd: folder, env });
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-guides-'));
  for (const block of files) {
    const name = fileOf(block);
    if (name === undefined) continue;
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), block.text);
  }
  server = await startServerProcess({
    dataDir: path.join(folder, '.iceos'),
    environment: { ICEOS_TOOLS_DIR: path.join(folder, 'tools') },
  });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the guides, followed', () => {
  it.each(blocks.map((block) => [block.place, block] as const))('%s works', async (_place, block) => {
    const said = await follow(block);
    if (block.text.includes('start greetings --input \'{ "names": ["Ada", "Grace"] }\''))
      expect(said).toContain('{"greetings":["Hello, Ada!","Hello, Grace!"],"letters":24}');
    if (block.text.includes('start initials')) expect(said).toContain('"AL"');
  });
});
