import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

const CONFIG = `export default {
  providers: { script: { protocol: 'scripted', answer: () => ({ text: 'yes' }) }, remote: { protocol: 'openai' } },
  models: {
    fast: { provider: 'script', maxOutputTokens: 100 },
    dear: {
      provider: 'script', maxOutputTokens: 100, retries: 1,
      price: [{ from: '2020-01-01', rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 10_000_000n } }],
    },
    vectors: { provider: 'remote', kind: 'embedding', dimensions: 3, price: 'free' },
  },
  memories: {
    notes: { kind: 'working', guarantees: ['durable'] },
    chat: { kind: 'episodic', guarantees: ['durable', 'ttl'], lifetimeMs: 1000, description: 'Past talks.' },
    docs: { kind: 'semantic', model: 'vectors', collection: 'own' },
  },
  agents: {
    researcher: {
      version: '1.2.0', model: 'fast', instructions: 'Read, then answer.', tools: ['file.read', 'http.request'],
      memories: ['docs', 'chat'], grants: { hosts: ['API.example.com:443'], folders: ['reports'] }, maxTurns: 4,
    },
    bare: { version: '1.0.0', model: 'fast', instructions: 'Answer.' },
  },
};
`;

describe('What blueprints may refer to', () => {
  let gateway: TestGateway;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-registry-'));
    const file = path.join(folder, 'iceos.config.mjs');
    await writeFile(file, CONFIG);
    gateway = await startTestGateway({ environment: { ICEOS_CONFIG: file } });
  });
  afterAll(async () => {
    await gateway.close();
    await rm(folder, { recursive: true });
  });

  it('lists agents by name, with their instructions and what their tools may ask for', async () => {
    const { data } = await gateway.run(`{ agents { name version description model instructions tools memories grants
      maxTurns maxOutputTokens temperature } }`);
    const unsaid = { description: null, maxOutputTokens: null, temperature: null, model: 'fast' };
    expect(data).toEqual({
      agents: [
        {
          ...{ name: 'bare', version: '1.0.0', instructions: 'Answer.', tools: [], memories: [] },
          ...{ ...unsaid, grants: [], maxTurns: 16 },
        },
        {
          ...{ name: 'researcher', version: '1.2.0', instructions: 'Read, then answer.' },
          ...{ tools: ['file.read', 'http.request'], memories: ['docs', 'chat'] },
          ...{ ...unsaid, grants: ['host api.example.com:443', 'folder reports'], maxTurns: 4 },
        },
      ],
    });
  });

  it('lists memories by name, each with what its kind has', async () => {
    const { data } = await gateway.run(
      '{ memories { name kind guarantees description model collection lifetimeMs recalled } }',
    );
    const none = { description: null, model: null, collection: null, lifetimeMs: null, recalled: null };
    const chat = { description: 'Past talks.', lifetimeMs: 1000, recalled: 5 };
    expect(data).toEqual({
      memories: [
        { ...none, name: 'chat', kind: 'EPISODIC', guarantees: ['DURABLE', 'TTL'], ...chat },
        { ...none, name: 'docs', kind: 'SEMANTIC', guarantees: [], model: 'vectors', collection: 'own' },
        { ...none, name: 'notes', kind: 'WORKING', guarantees: ['DURABLE'] },
      ],
    });
  });

  it('lists models, tools with what they may be granted, and kinds of nodes with the output that they fix', async () => {
    const { data } = await gateway.run(`{ models { name kind isFree maxOutputTokens dimensions }
      tools { name limits grants runtime } nodeKinds { kind output } }`);
    expect(data).toMatchObject({
      models: [
        { name: 'dear', isFree: false },
        { name: 'fast', kind: 'TEXT', maxOutputTokens: 100, dimensions: null },
        { name: 'vectors', kind: 'EMBEDDING', maxOutputTokens: null, dimensions: 3 },
      ],
      tools: expect.arrayContaining([
        { name: 'file.read', limits: null, grants: { folders: true }, runtime: null },
        { name: 'text.template', limits: null, grants: null, runtime: null },
      ]),
      nodeKinds: expect.arrayContaining([
        { kind: 'llm', output: expect.objectContaining({ required: ['text', 'finish', 'model'] }) },
        { kind: 'code', output: null },
      ]),
    });
  });

  it('says what an execution of a blueprint takes, and what its author should look at', async () => {
    const source = (model: string): string =>
      JSON.stringify({
        name: `asks-${model}`,
        budget: { maxCostUsdMicros: 100 },
        nodes: { ask: { kind: 'llm', model, prompt: 'Hi' } },
      });
    const spans = `estimate { calls { least likely most } outputTokens { least likely most } costUsdMicros { least likely most }
      wallMs { least likely most } roomUsdMicros unpricedModels }`;
    const check = `query ($source: String!) { validateBlueprint(source: $source) { issues { rule } warnings { rule path line } ${spans} } }`;
    const ask = async (model: string) => (await gateway.run(check, { source: source(model) })).data;
    const room = 1_024 + 16 + JSON.stringify({ role: 'user', text: 'Hi' }).length + 1_000;
    const estimate = {
      calls: { least: 1, likely: 1, most: 2 },
      outputTokens: { least: 0, likely: 25, most: 200 },
      costUsdMicros: { least: '0', likely: expect.stringMatching(/^2\d\d$/), most: String(2 * room) },
      wallMs: { least: 0, likely: null, most: 60_000 },
      ...{ roomUsdMicros: String(room), unpricedModels: [] },
    };
    const warnings = [{ rule: 'budget-feasible', path: '/budget/maxCostUsdMicros' }];
    expect(await ask('dear')).toMatchObject({ validateBlueprint: { issues: [], warnings, estimate } });
    const free = { costUsdMicros: { least: '0', likely: '0', most: '0' }, roomUsdMicros: '0' };
    expect(await ask('fast')).toMatchObject({ validateBlueprint: { warnings: [], estimate: free } });
    expect(await ask('nobody')).toMatchObject({
      validateBlueprint: { issues: [{ rule: 'known-models' }], warnings: [], estimate: null },
    });
    const created = await gateway.run(
      `mutation ($source: String!) { createBlueprint(input: { source: $source }) { ... on CreateBlueprintSuccess {
        blueprint { revision { warnings { rule path } ${spans} } } } } }`,
      { source: source('dear') },
    );
    expect(created.data).toMatchObject({ createBlueprint: { blueprint: { revision: { warnings, estimate } } } });
  });

  it('is for those who may read blueprints', async () => {
    const key = await gateway.createKey({ scopes: ['executions:read'] });
    for (const list of ['agents', 'memories', 'models', 'tools']) {
      const { data, errors } = await gateway.run(`{ ${list} { name } }`, {}, key);
      expect(data).toEqual({ [list]: null });
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });
});
