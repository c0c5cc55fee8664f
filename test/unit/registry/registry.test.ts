import { describe, expect, it } from 'vitest';
import { parseToolManifest } from '../../../src/registry/parse-tool-manifest.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { textTemplate, toolDefinition } from '../../support/tools.ts';

/** What only a node of the kind has. */
const OWN_PROPERTY = {
  transform: 'output',
  tool: 'tool',
  code: 'source',
  llm: 'prompt',
  agent: 'agent',
  swarm: 'strategy',
  condition: 'otherwise',
  loop: 'items',
  parallel: 'merge',
} as const;

describe('the registry', () => {
  it('gives a tool by its name', () => {
    const registry = createRegistry({ tools: [textTemplate] });
    expect(registry.getTool('text.template')).toEqual({ ok: true, value: textTemplate });
    expect(registry.hasTool('text.template')).toBe(true);
    expect(registry.hasTool('text.other')).toBe(false);
  });

  it('answers an unknown name with what may have been meant', () => {
    const registry = createRegistry({ tools: [textTemplate] });
    expect(registry.getTool('text.templte')).toEqual({
      ok: false,
      error: {
        kind: 'NotFoundError',
        id: 'text.templte',
        message: 'No tool is named "text.templte". Did you mean "text.template"?',
      },
    });
  });

  it('says that there is none when it is empty', () => {
    const answer = createRegistry({ tools: [] }).getTool('a.b');
    expect(answer).toMatchObject({ error: { message: 'No tool is named "a.b". There is none.' } });
  });

  it('says where models, memories and agents are written while there are none', () => {
    const registry = createRegistry({ tools: [] });
    expect(registry.getModel('main')).toMatchObject({
      error: {
        message:
          'No model is named "main". There is none. Write it under "models" in iceos.config.ts, which is looked for in the working directory, or name that file by ICEOS_CONFIG.',
      },
    });
    expect(registry.getMemory('docs')).toMatchObject({
      error: { message: expect.stringContaining('"memories" in iceos.config.ts') as string },
    });
    expect(registry.getAgent('ada')).toMatchObject({
      error: { message: expect.stringContaining('"agents" in iceos.config.ts') as string },
    });
  });

  it('lists tools by name, in whatever order they came', () => {
    const registry = createRegistry({ tools: [toolDefinition({ name: 'b.b' }), toolDefinition({ name: 'c.c' })] });
    expect(registry.registerTool(toolDefinition({ name: 'a.a' })).ok).toBe(true);
    expect(registry.listTools().map(({ name }) => name)).toEqual(['a.a', 'b.b', 'c.c']);
  });

  it('refuses a second tool of the same name and keeps the first', () => {
    const registry = createRegistry({ tools: [textTemplate] });
    const second = registry.registerTool(toolDefinition({ name: 'text.template', version: '2.0.0' }));
    expect(second).toMatchObject({ ok: false, error: { kind: 'DuplicateError', name: 'text.template' } });
    expect(registry.getTool('text.template')).toEqual({ ok: true, value: textTemplate });
  });

  it('does not start with two tools of one name', () => {
    expect(() => createRegistry({ tools: [textTemplate, textTemplate] })).toThrow(
      /"text.template" is registered already/,
    );
  });

  it('lists every node kind with a description and a JSON Schema', () => {
    const kinds = createRegistry({ tools: [] }).listNodeKinds();
    expect(kinds.map(({ name }) => name)).toEqual(Object.keys(OWN_PROPERTY).toSorted());
    for (const { name, description, schema } of kinds) {
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(Object.keys(Object(schema['properties']))).toContain(OWN_PROPERTY[name]);
      expect(Object.keys(Object(schema['properties']))).not.toContain('kind');
    }
  });

  it('makes the schemas once', () => {
    const registry = createRegistry({ tools: [] });
    expect(registry.getNodeKind('llm')).toEqual({ ok: true, value: expect.anything() });
    expect(registry.listNodeKinds()[0]).toBe(registry.listNodeKinds()[0]);
  });
});

describe('a tool manifest', () => {
  const manifest = {
    name: 'text.template',
    version: '1.0.0',
    description: 'Fills a template.',
    entry: 'index.ts',
    input: { type: 'object' },
    output: { type: 'object' },
  };

  it('is read from parsed JSON', () => {
    expect(parseToolManifest(manifest)).toEqual({ ok: true, value: manifest });
  });

  it('answers with all faults at once, each with its place', () => {
    const answer = parseToolManifest({ ...manifest, name: 'Template', limits: { timeoutMs: 0, 'a/b~c': 1 } });
    expect(answer.ok).toBe(false);
    expect(answer.ok ? [] : answer.error.map(({ rule, path }) => ({ rule, path }))).toEqual([
      { rule: 'tool-manifest', path: '/name' },
      { rule: 'tool-manifest', path: '/limits/timeoutMs' },
      { rule: 'tool-manifest', path: '/limits/a~1b~0c' },
    ]);
  });

  it('is refused when one of its schemas is faulty', () => {
    const faulty = { ...manifest, input: { type: 'objekt' }, output: { properties: 1 } };
    expect(parseToolManifest(faulty)).toMatchObject({
      ok: false,
      error: [
        { rule: 'json-schema', path: '/input/type' },
        { rule: 'json-schema', path: '/output/properties' },
      ],
    });
  });

  it('is refused when it is no object', () => {
    expect(parseToolManifest('text.template')).toMatchObject({ ok: false, error: [{ path: '' }] });
  });
});
