import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { data, scene } from '../../support/cli-scene.ts';

const ListRegistry = data({
  tools: [{ name: 'text.template', version: '1.0.0', description: 'Fills a text.', limits: null, grants: null }],
  models: [{ name: 'fast', version: 'script:fast', kind: 'TEXT', description: null }],
  memories: [{ name: 'docs', kind: 'SEMANTIC', guarantees: [], description: 'What we wrote.' }],
  agents: [{ name: 'researcher', version: '1.2.0', model: 'fast', description: 'Reads,\nthen answers.' }],
  nodeKinds: [{ kind: 'llm', description: 'Asks a model once.' }],
});

describe('iceos registry', () => {
  it('shows all that a blueprint may refer to in one table', async () => {
    const { deps, out } = scene({ ListRegistry });
    expect(await runCli(['registry'], deps)).toBe(0);
    const rows = out().trimEnd().split('\n');
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual([
      ['what', 'name', 'is', 'description'],
      ['tool', 'text.template', '1.0.0', 'Fills a text.'],
      ['model', 'fast', 'script:fast'],
      ['memory', 'docs', 'semantic', 'What we wrote.'],
      ['agent', 'researcher', '1.2.0 on fast', expect.stringMatching(/^Reads,.*then answers\.$/)],
      ['node kind', 'llm', 'Asks a model once.'],
    ]);
  });

  it('gives one line of JSON for each with --json, and ends with 4 where no server answers', async () => {
    const { deps, out } = scene({ ListRegistry });
    expect(await runCli(['registry', '--json'], deps)).toBe(0);
    const lines = out()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toHaveLength(5);
    expect(lines[3]).toMatchObject({ what: 'agent', name: 'researcher', model: 'fast' });
    expect(await runCli(['registry'], scene().deps)).toBe(4);
  });
});
