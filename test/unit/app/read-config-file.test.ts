import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../src/app/read-config-file.ts';

describe('what iceos.config.ts exports', () => {
  let folder = '';
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-config-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function faultsOf(config: string): Promise<string> {
    const file = path.join(folder, `${(files += 1)}.config.mjs`);
    await writeFile(file, `export default ${config};`);
    return readConfigFile(file, { root: path.resolve('.') }).then(
      () => '',
      (error: unknown) => String(error).split('\n').slice(1).join('\n'),
    );
  }

  it('is told all its faults at once, each with its place and with what is there', async () => {
    const config = `{
      models: {
        fast: {},
        vectors: { kind: 'embedding', provider: 'here' },
        odd: { kind: 'embeding', provider: 'here' },
        dear: { provider: 7, price: 'fre' },
      },
      memories: { docs: { kind: 'semantic' }, chat: {} },
      memoris: {},
    }`;
    expect((await faultsOf(config)).split('\n').map((line) => line.trim())).toEqual([
      '/models/fast/provider: This is missing; it must be a text.',
      '/models/vectors/dimensions: This is missing; it must be a number.',
      '/models/odd/kind: There is no kind "embeding". Did you mean "embedding"? The kinds are text, embedding.',
      '/models/dear/provider: This is number 7; it must be a text.',
      '/models/dear/price: This is the text "fre"; it must be catalog, free, or a list.',
      '/memories/docs/model: This is missing; it must be a text.',
      '/memories/chat/kind: The kind is not said. The kinds are working, episodic, semantic.',
      '/memoris: There is no property "memoris" here.',
    ]);
  });

  it('shows nothing of what stands in a provider, which may be a key', async () => {
    const faults = await faultsOf(
      `{ providers: { a: 'sk-secret', b: { protocol: 'sk-secret' }, c: { protocol: 'openai', apiKey: ['sk-secret'] } } }`,
    );
    expect(faults).not.toContain('sk-secret');
    expect(faults).toContain(
      '/providers/b/protocol: It must be one of openai, anthropic, openai-compatible, scripted, local.',
    );
  });
});
