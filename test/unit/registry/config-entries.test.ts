import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { entriesOf } from '../../../src/registry/config-entries.ts';
import { ConfigFile } from '../../../src/registry/config-file.ts';

const TOOLS = ['text.template', 'http.request'];

const faultsOf = (config: z.input<typeof ConfigFile>): readonly string[] => {
  const entries = entriesOf(ConfigFile.parse(config), TOOLS);
  return entries.ok ? [] : entries.error;
};

const base = {
  providers: { script: { protocol: 'scripted', answer: () => ({ text: 'yes' }) }, remote: { protocol: 'openai' } },
  models: { fast: { provider: 'script' }, vectors: { kind: 'embedding', provider: 'remote', dimensions: 3 } },
} satisfies z.input<typeof ConfigFile>;
const agent = { version: '1.0.0', model: 'fast', instructions: 'Answer.' };

describe('entries of a configuration', () => {
  it('have their defaults and names', () => {
    const entries = entriesOf(
      ConfigFile.parse({
        ...base,
        memories: { docs: { kind: 'semantic', model: 'vectors' }, chat: { kind: 'episodic' } },
        agents: { helper: { ...agent, tools: ['text.template'], memories: ['docs', 'chat'] } },
      }),
      TOOLS,
    );
    expect(entries).toMatchObject({
      ok: true,
      value: {
        memories: [
          { name: 'docs', collection: 'docs', guarantees: [] },
          { name: 'chat', recalled: 5 },
        ],
        agents: [{ name: 'helper', maxTurns: 16 }],
      },
    });
  });

  it('say all that an agent refers to and is not there', () => {
    expect(
      faultsOf({
        ...base,
        agents: {
          helper: { ...agent, model: 'fats', tools: ['text.templat'], memories: ['dcos'] },
          other: { ...agent, model: 'vectors' },
        },
      }),
    ).toEqual([
      'The agent "helper" asks an unknown model "fats". Did you mean "fast"?',
      'The agent "helper" has an unknown tool "text.templat". Did you mean "text.template"?',
      'The agent "helper" has an unknown memory "dcos". There is none.',
      'The agent "other" asks "vectors", which makes vectors and no text. Name a text model.',
    ]);
  });

  it('refuse two memories of one kind, and a memory that finds by a model of text', () => {
    expect(
      faultsOf({
        ...base,
        memories: { a: { kind: 'working' }, b: { kind: 'working' }, docs: { kind: 'semantic', model: 'fast' } },
        agents: { helper: { ...agent, memories: ['a', 'b'] } },
      }),
    ).toEqual([
      'The memory "docs" finds by meaning with "fast", which answers in text. Name a model of kind "embedding".',
      'The agent "helper" has more than one working memory, and would not know which to use. Leave one.',
    ]);
  });

  it('refuse a provider that nobody finds, and vectors of a script', () => {
    expect(
      faultsOf({
        providers: { ...base.providers, near: { protocol: 'openai-compatible' } },
        models: { vectors: { kind: 'embedding', provider: 'script', dimensions: 3 } },
      }),
    ).toEqual([
      'The provider "near" speaks openai-compatible, and nobody says where it answers. Give it a "baseUrl", such as http://127.0.0.1:11434/v1.',
      'The model "vectors" makes vectors, and "script" is a script, which makes none. Use a provider that speaks local, openai or openai-compatible.',
    ]);
  });

  it('refuse a guarantee that the kind of memory does not offer', () => {
    expect(
      faultsOf({
        memories: { a: { kind: 'working', guarantees: ['vectorised'] }, b: { kind: 'episodic', guarantees: ['ttl'] } },
      }),
    ).toEqual([
      'The memory "a": The working memory was asked for "vectorised", but offers only "ephemeral" and "durable". Leave "vectorised" out, or use the semantic memory, which offers all that was asked for.',
      'The memory "b" guarantees "ttl" and has no "lifetimeMs". Give it one.',
    ]);
  });

  it('say at the start what the provider of a model cannot serve', () => {
    const providers = {
      here: { protocol: 'local' },
      claude: { protocol: 'anthropic' },
    } satisfies z.input<typeof ConfigFile>['providers'];
    const local = { kind: 'embedding', provider: 'here', model: 'use-lite-en' } as const;
    const write = 'Write: { kind: "embedding", provider: "here", model: "use-lite-en", dimensions: 512 }.';
    const only = (name: string) =>
      `The model "${name}" is of the local provider "here", which has one model alone. ${write}`;
    expect(
      faultsOf({
        providers,
        models: {
          fits: { ...local, dimensions: 512 },
          other: { ...local, dimensions: 512, model: 'use-large' },
          short: { ...local, dimensions: 256 },
          talks: { provider: 'here', model: 'use-lite-en' },
          remote: { kind: 'embedding', provider: 'claude', dimensions: 512 },
        },
      }),
    ).toEqual([
      only('other'),
      only('short'),
      only('talks'),
      'The model "remote" makes vectors, and "claude" speaks anthropic, which has none. Use another provider.',
    ]);
  });
});
