import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { entriesOf } from '../../../src/registry/config-entries.ts';
import { ConfigFile } from '../../../src/registry/config-file.ts';

const INSTALLED = { tools: ['text.template', 'http.request'], maxDimensions: 4_096 };

const faultsOf = (config: z.input<typeof ConfigFile>): readonly string[] => {
  const entries = entriesOf(ConfigFile.parse(config), INSTALLED);
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
      INSTALLED,
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

  it('refuse fallbacks to nobody, to itself and to vectors', () => {
    const falling = (...fallbacks: readonly string[]) => ({ provider: 'script', fallbacks: [...fallbacks] });
    expect(
      faultsOf({
        ...base,
        models: { ...base.models, a: falling('fast'), b: falling('b'), c: falling('fats', 'vectors') },
      }),
    ).toEqual([
      'The model "b" falls back to itself.',
      'The model "c" falls back to "fats", which there is none of. Did you mean "fast"?',
      'The model "c" falls back to "vectors", which does not answer in text.',
    ]);
  });

  it('refuse a model of an unknown provider, and a memory that finds by an unknown model', () => {
    const docs = (collection: string) => ({ kind: 'semantic', model: 'vectros', collection }) as const;
    expect(
      faultsOf({
        ...base,
        models: { ...base.models, other: { provider: 'scirpt' } },
        memories: { docs: docs('all'), more: docs('all') },
      }),
    ).toEqual([
      'The model "other" is of the provider "scirpt", which there is none of. Did you mean "script"?',
      'The memory "docs" finds by meaning with "vectros", and no model has that name. Did you mean "vectors"?',
      'The memory "more" finds by meaning with "vectros", and no model has that name. Did you mean "vectors"?',
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

  it('refuse vectors that are longer than memories keep, and two kinds of them in one collection', () => {
    const vectors = (dimensions: number, model = 'v') => ({ ...base.models.vectors, dimensions, model });
    const semantic = (model: string) => ({ kind: 'semantic', model, collection: 'all' }) as const;
    const models = { small: vectors(3), alias: vectors(3), other: vectors(3, 'w'), long: vectors(4_096) };
    const of = (...names: readonly string[]) =>
      faultsOf({ ...base, models, memories: Object.fromEntries(names.map((name) => [name, semantic(name)])) });
    expect(of('small', 'alias')).toEqual([]);
    expect(of('long')).toEqual([]);
    expect(of('small', 'alias', 'other', 'long')).toEqual([
      'The memories "small" and "other" share the collection "all", and find with different models, "small" and "other". Give them one model, or each a "collection" of its own.',
      'The memories "small" and "long" share the collection "all", and find with different models, "small" and "long". Give them one model, or each a "collection" of its own.',
    ]);
    expect(faultsOf({ ...base, models: { longer: vectors(4_097) }, memories: { docs: semantic('longer') } })).toEqual([
      'The memory "docs" finds by meaning with "longer", whose vectors have 4097 numbers, and memories keep at most 4096 (ICEOS_MEMORY_MAX_DIMENSIONS). Ask the model for fewer "dimensions", or raise the setting.',
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
