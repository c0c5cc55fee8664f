import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NotFoundError } from '../../../src/core/errors.ts';
import type { Result } from '../../../src/core/result.ts';
import type { DuplicateError } from '../../../src/registry/catalog.ts';
import { createRegistry, type Registry } from '../../../src/registry/registry.ts';
import { agent, textModel, toolDefinition } from '../../support/tools.ts';

interface Named {
  readonly name: string;
}

/** The four that every noun has. */
interface Four {
  readonly register: (name: string, description: string) => Result<Named, DuplicateError>;
  readonly get: (name: string) => Result<Named, NotFoundError>;
  readonly list: () => readonly Named[];
  readonly has: (name: string) => boolean;
}

const NOUNS: Readonly<Record<string, (registry: Registry) => Four>> = {
  tool: (registry) => ({
    register: (name, description) => registry.registerTool(toolDefinition({ name, description })),
    get: registry.getTool,
    list: registry.listTools,
    has: registry.hasTool,
  }),
  model: (registry) => ({
    register: (name, description) => registry.registerModel(textModel({ name, description })),
    get: registry.getModel,
    list: registry.listModels,
    has: registry.hasModel,
  }),
  memory: (registry) => ({
    register: (name, description) =>
      registry.registerMemory({ kind: 'working', name, description, guarantees: ['durable'] }),
    get: registry.getMemory,
    list: registry.listMemories,
    has: registry.hasMemory,
  }),
  agent: (registry) => ({
    register: (name, description) => registry.registerAgent(agent({ name, description })),
    get: registry.getAgent,
    list: registry.listAgents,
    has: registry.hasAgent,
  }),
};

const name = fc.constantFrom('a.a', 'a.b', 'b.a', 'b.b', 'fast', 'fsat');
const step = fc.record({ act: fc.constantFrom('register', 'get', 'has'), name, description: fc.string() });

describe('the registry holds all nouns to one model', () => {
  it.each(Object.entries(NOUNS))('%s: the first of a name stays, an unknown one is a clear error', (noun, open) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const four = open(createRegistry({ tools: [] }));
        const known = new Map<string, string>();
        for (const each of steps) {
          if (each.act === 'register') {
            const registered = four.register(each.name, each.description);
            expect(registered.ok).toBe(!known.has(each.name));
            if (!registered.ok) expect(registered.error).toMatchObject({ kind: 'DuplicateError', name: each.name });
            if (!known.has(each.name)) known.set(each.name, each.description);
          }
          expect(four.has(each.name)).toBe(known.has(each.name));
          const found = four.get(each.name);
          if (found.ok) expect(found.value).toMatchObject({ name: each.name, description: known.get(each.name) });
          else expect(found.error.message).toContain(`No ${noun} is named "${each.name}"`);
          expect(found.ok).toBe(known.has(each.name));
          expect(four.list().map((entry) => entry.name)).toEqual([...known.keys()].toSorted());
        }
      }),
    );
  });

  it('node kinds are there from the start, and cannot be registered twice', () => {
    const registry = createRegistry({ tools: [] });
    for (const kind of registry.listNodeKinds()) {
      expect(registry.hasNodeKind(kind.name)).toBe(true);
      expect(registry.getNodeKind(kind.name)).toEqual({ ok: true, value: kind });
      expect(registry.registerNodeKind(kind)).toMatchObject({ ok: false, error: { name: kind.name } });
    }
    expect(registry.getNodeKind('lmm')).toMatchObject({
      ok: false,
      error: { message: 'No node kind is named "lmm". Did you mean "llm"?' },
    });
  });
});
