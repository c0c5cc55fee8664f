import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { scene } from '../../support/cli-scene.ts';
import { episode } from '../../support/memory.ts';
import { openMemoryScene, type MemoryScene } from '../../support/memory-scene.ts';

describe('iceos memory', () => {
  let server: MemoryScene;
  let key: string;
  let folder: string;
  beforeAll(async () => {
    server = await openMemoryScene();
    key = await server.gateway.createKey({ tenant: server.tenant });
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-index-'));
  }, 60_000);
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  async function run(args: readonly string[], more: { interactive?: boolean; signal?: AbortSignal } = {}) {
    const settings = { url: server.gateway.url, apiKey: key, dataDir: '/nowhere' };
    const { deps, out, errors } = scene({}, { fetch: globalThis.fetch, settings });
    const { interactive = false, signal = deps.signal } = more;
    const code = await runCli(args, { ...deps, signal, terminal: { ...deps.terminal, interactive } });
    return { code, text: out(), errors: errors() };
  }
  const write = async (name: string, text: string | Buffer): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  };
  const index = async (...more: readonly string[]): Promise<unknown> => {
    const { code, text } = await run(['memory', 'index', folder, '--memory', 'docs', '--json', ...more]);
    expect(code).toBe(0);
    return JSON.parse(text);
  };

  it('remembers, finds and forgets a fact', async () => {
    const remembered = await run([
      ...['memory', 'remember', 'The build takes four minutes', '--memory', 'docs', '--subject', 'build'],
      ...['--metadata', '{"by":"ada"}', '--json'],
    ]);
    expect(remembered.code).toBe(0);
    const [id = ''] = JSON.parse(remembered.text).ids;
    const found = await run(['memory', 'search', 'how long does a build take', '--memory', 'docs', '--json']);
    expect(JSON.parse(found.text)).toMatchObject({ id, subject: 'build', metadata: { by: 'ada' } });
    const shown = await run(['memory', 'search', 'how long does a build take', '--memory', 'docs']);
    expect(shown.text).toMatch(new RegExp(`^0\\.\\d{3} ${id} \\(build\\)\\n {2}The build takes four minutes\\n`));
    expect(await run(['memory', 'forget', id, '--memory', 'docs'])).toMatchObject({
      code: 0,
      text: 'Forgot 1 facts.\n',
    });
    const nothing = await run(['memory', 'search', 'build', '--memory', 'docs']);
    expect(nothing).toMatchObject({ code: 0, text: '', errors: 'Nothing was found.' });
  }, 60_000);

  it('forgets everything about a subject', async () => {
    await run(['memory', 'remember', 'Eve likes tea', '--memory', 'docs', '--subject', 'eve']);
    await server.gateway.database.stores.memory.episodes.add(
      episode(server.tenant, 's', 'Eve was here', { subject: 'eve' }),
    );
    const forgotten = await run(['memory', 'forget', '--subject', 'eve']);
    expect(forgotten).toMatchObject({ code: 0, text: 'Forgot 1 facts and 1 episodes about eve.\n' });
  });

  it('forgets the episodes of a session', async () => {
    const add = () =>
      server.gateway.database.stores.memory.episodes.add(episode(server.tenant, 'talk', 'Eve was here'));
    await add();
    const forgotten = await run(['memory', 'forget', '--session', 'talk']);
    expect(forgotten).toMatchObject({ code: 0, text: 'Forgot 1 episodes of the session talk.\n' });
    await add();
    const told = await run(['memory', 'forget', '--session', 'talk', '--json']);
    expect(told).toMatchObject({ code: 0, text: '{"session":"talk","episodes":1}\n' });
  });

  it('shows what others have written without its control characters', async () => {
    const written = { text: 'red \u001B[31malert', subject: 'a\u001B[2Jb', metadata: { file: 'x\u0007y', line: 2 } };
    await server.remember('priced', [written]);
    const { text } = await run(['memory', 'search', 'alert', '--memory', 'priced', '--first', '1']);
    expect(text).toMatch(/x y:2 \(a \[2Jb\)/);
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
  });

  it('indexes a folder, and the same again writes what has changed alone', async () => {
    await write('guide.md', '# Guide\n\nCats sleep all day.\n');
    await write('src/money.ts', `// Invoices are due on Friday.\n\n${'const x = 1;\n'.repeat(200)}`);
    await write('.hidden/secret.md', 'not for you');
    await write('node_modules/x/index.js', 'not yours');
    await write('image.png', 'no text');
    await write('binary.md', Buffer.from([1, 0, 2]));
    const first = await index();
    expect(first).toMatchObject({ memory: 'docs', index: path.basename(folder), files: 2, unchanged: 0, forgotten: 0 });
    const { passages, written } = first as { passages: number; written: number };
    expect(written).toBe(passages);
    expect(passages).toBeGreaterThan(2);
    expect(await index()).toMatchObject({ passages, written: 0, unchanged: passages, forgotten: 0 });
    const { text } = await run(['memory', 'search', 'when must the bill be paid', '--memory', 'docs', '--first', '1']);
    expect(text).toContain('src/money.ts:1\n  // Invoices are due on Friday.\n');

    await write('guide.md', '# Guide\n\nDogs sleep all night.\n');
    expect(await index()).toMatchObject({ written: 1, unchanged: passages - 1, forgotten: 1 });
    await rm(path.join(folder, 'src'), { recursive: true });
    expect(await index()).toMatchObject({ files: 1, passages: 1, written: 0, forgotten: passages - 1 });
    // Under another name it is another index, and the first one stays.
    expect(await index('--name', 'other')).toMatchObject({ index: 'other', written: 1, forgotten: 0 });
    expect(await index()).toMatchObject({ written: 0, forgotten: 0 });
  }, 60_000);

  it('shows how far it came to a person, and goes on where it was stopped', async () => {
    await write('many.md', Array.from({ length: 70 }, (_, at) => `Paragraph ${at} ${'x'.repeat(1_400)}`).join('\n\n'));
    const stopping = new AbortController();
    stopping.abort();
    const args = ['memory', 'index', folder, '--memory', 'priced', '--name', 'many'];
    const stopped = await run(args, { signal: stopping.signal });
    expect(stopped).toMatchObject({ code: 130, errors: 'Stopped. Index again to go on where it ended.' });
    const shown = await run(args, { interactive: true });
    expect(shown.text).toContain('\r\u001B[K32 of 71 new passages are in priced');
    expect(shown.text).toMatch(/priced has 71 passages of 2 files in .*: 71 new, 0 unchanged, 0 forgotten\.\n$/);
  }, 60_000);

  it.each<[string, readonly string[], RegExp]>([
    [
      'a memory that is not there',
      ['search', 'x', '--memory', 'nowhere'],
      /No memory is named "nowhere"\. There are "chat", "docs"/,
    ],
    ['no memory', ['search', 'x'], /--memory <name>' not specified/],
    ['nothing to forget', ['forget'], /Say what to forget/],
    ['two things to forget', ['forget', '--session', 'x', '--subject', 'y'], /cannot be used with option/],
    ['a session without a name', ['forget', '--session', ''], /The session is empty/],
    ['metadata that is no JSON', ['remember', 'x', '--memory', 'docs', '--metadata', '{'], /--metadata is no JSON/],
    ['a folder that is not there', ['index', '/nowhere/at/all', '--memory', 'docs'], /cannot be read as a folder/],
  ])('refuses %s', async (_what, args, message) => {
    const { code, errors } = await run(['memory', ...args]);
    expect(code).toBe(2);
    expect(errors).toMatch(message);
  });
});
