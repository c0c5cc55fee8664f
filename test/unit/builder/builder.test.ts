import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blueprint, cel, shape, text } from '../../../src/builder/index.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { isExpr, ref, toTemplate } from '../../../src/builder/references.ts';
import { testRegistry } from '../../support/tools.ts';

const start = blueprint('start').input({
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
});

describe('the builder', () => {
  it('changes nothing: each call gives a new builder', () => {
    const one = start.transform('one', 1);
    const two = one.transform('two', 2);
    const other = one.transform('other', 3);
    expect(Object.keys(one.build().nodes)).toEqual(['one']);
    expect(Object.keys(two.build().nodes)).toEqual(['one', 'two']);
    expect(Object.keys(other.build().nodes)).toEqual(['one', 'other']);
  });

  it('writes the head of the document', () => {
    const document = blueprint('head')
      .description('What it is for.')
      .budget({ maxWallMs: 5 })
      .input({ type: 'object' })
      .build();
    expect(document).toEqual({
      name: 'head',
      description: 'What it is for.',
      budget: { maxWallMs: 5 },
      input: { type: 'object' },
      nodes: {},
    });
  });

  it('writes what a tool asks to reach', () => {
    const grants = { hosts: ['api.example.com:443'], secrets: ['token'] };
    const { nodes } = start.tool('one', 'http.request', { url: 'https://api.example.com' }, { grants }).build();
    expect(nodes['one']).toMatchObject({ kind: 'tool', grants });
  });

  it('writes what models and agents are asked', () => {
    const outputSchema = { type: 'object', properties: { sure: { type: 'integer' } }, required: ['sure'] } as const;
    const document = start
      .llm('guess', { model: 'test', prompt: ({ input }) => text`Hello ${input.name}`, parameters: { seed: 1 } })
      .agent('work', {
        ...{ agent: 'ada', maxTurns: 3, memory: { notes: ['durable'] }, outputSchema },
        prompt: ({ nodes }) => nodes.guess.output.text,
        session: ({ input }) => input.name,
      })
      .swarm('decide', {
        ...{ strategy: 'consensus', agents: ['ada', 'grace'], quorum: 1 },
        prompt: ({ nodes }) => ({ sure: nodes.work.output.json.sure, turns: nodes.work.output.turns }),
        onFailure: 'continue',
      })
      .output(({ nodes }) => nodes.decide.output.text)
      .build();
    expect(document.nodes).toEqual({
      guess: { kind: 'llm', model: 'test', prompt: 'Hello ${ input.name }', parameters: { seed: 1 } },
      work: {
        ...{ kind: 'agent', agent: 'ada', maxTurns: 3, memory: { notes: ['durable'] }, outputSchema },
        ...{ prompt: '${ nodes.guess.output.text }', session: '${ input.name }' },
      },
      decide: {
        ...{ kind: 'swarm', strategy: 'consensus', agents: ['ada', 'grace'], quorum: 1, onFailure: 'continue' },
        prompt: { sure: '${ nodes.work.output.json.sure }', turns: '${ nodes.work.output.turns }' },
      },
    });
    expect(compile(document, testRegistry()).ok).toBe(true);
  });

  it('writes all that a node may have, and nothing that was not given', () => {
    const document = start
      .transform('one', 1)
      .code('two', {
        description: 'Second.',
        source: 'return input;',
        input: ({ input }) => ({ name: input.name }),
        after: ['one'],
        when: ({ input }) => cel`size(${input.name}) > ${2}`,
        join: 'any',
        retry: { attempts: 3 },
        limits: { timeoutMs: 10 },
        onFailure: 'continue',
        onAbandon: 'fail',
      })
      .code('plain', { source: 'return 1;' })
      .build();
    expect(document.nodes['two']).toEqual({
      kind: 'code',
      description: 'Second.',
      source: 'return input;',
      input: { name: '${ input.name }' },
      after: ['one'],
      when: '${ size(input.name) > 2 }',
      join: 'any',
      retry: { attempts: 3 },
      limits: { timeoutMs: 10 },
      onFailure: 'continue',
      onAbandon: 'fail',
    });
    expect(document.nodes['plain']).toEqual({ kind: 'code', source: 'return 1;' });
  });

  it('takes values where there is nothing to read', () => {
    const document = start
      .tool('one', 'my.tool', { constant: true }, { when: cel`true` })
      .output({ done: true })
      .build();
    expect(document.nodes['one']).toEqual({
      kind: 'tool',
      tool: 'my.tool',
      input: { constant: true },
      when: '${ true }',
    });
    expect(document.output).toEqual({ done: true });
  });

  it('writes a fallback where the document has it: on the node that fails', () => {
    const document = start
      .tool('fetch', 'my.tool', {})
      .transform('spare', ({ nodes }) => nodes.fetch.failure.message, { fallbackFor: 'fetch' })
      .build();
    expect(document.nodes['fetch']?.onFailure).toEqual({ fallback: 'spare' });
    expect(document.nodes['spare']).toEqual({ kind: 'transform', output: '${ nodes.fetch.failure.message }' });
  });

  it('gives bodies what is around them, and their own', () => {
    const document = start
      .transform('outer', [1, 2])
      .loop('each', {
        items: ({ nodes }) => nodes.outer.output,
        concurrency: 2,
        maxIterations: 5,
        body: (body) =>
          body
            .transform('inner', ({ input, nodes, item, index }) => [input.name, nodes.outer.output, item, index])
            .loop('nested', {
              items: ['x'],
              as: 'letter',
              body: (within) => within.output(({ item, letter }) => text`${letter}${item}`),
            }),
      })
      .build();
    expect(document.nodes['each']).toEqual({
      kind: 'loop',
      items: '${ nodes.outer.output }',
      concurrency: 2,
      maxIterations: 5,
      nodes: {
        inner: { kind: 'transform', output: ['${ input.name }', '${ nodes.outer.output }', '${ item }', '${ index }'] },
        nested: { kind: 'loop', items: ['x'], as: 'letter', nodes: {}, output: '${ letter }${ item }' },
      },
    });
  });

  it('writes branches in order', () => {
    const document = start
      .condition('choice', (choose) =>
        choose
          .when(
            ({ input }) => cel`${input.name} == ${'a "quoted" name'}`,
            (body) => body.transform('one', 1),
          )
          .when(cel`true`, (body) => body.output(2))
          .otherwise((body) => body.output('none')),
      )
      .parallel('both', {
        maxConcurrency: 1,
        merge: { atLeast: 1 },
        branches: { a: (body) => body.output(1), b: (body) => body },
      })
      .build();
    expect(document.nodes).toEqual({
      choice: {
        kind: 'condition',
        branches: [
          { when: '${ input.name == "a \\"quoted\\" name" }', nodes: { one: { kind: 'transform', output: 1 } } },
          { when: '${ true }', nodes: {}, output: 2 },
        ],
        otherwise: { nodes: {}, output: 'none' },
      },
      both: {
        kind: 'parallel',
        maxConcurrency: 1,
        merge: { atLeast: 1 },
        branches: { a: { nodes: {}, output: 1 }, b: { nodes: {} } },
      },
    });
  });

  it('says what is wrong when the document is none', () => {
    expect(() => start.transform('Not-A-Name', 1).build()).toThrow(
      /The blueprint "start" is not well formed:\n {2}\/nodes\/Not-A-Name/,
    );
  });

  it('refuses, without the compiler too, what could not be meant', () => {
    const loose = start.transform('one', 1);
    const again: string = 'one'; // a name that only the program knows
    expect(() => loose.transform(again, 2)).toThrow('There is a node "one" already.');
    // @ts-expect-error -- no such node
    expect(() => loose.transform('two', ({ nodes }) => nodes.three.output)).toThrow(
      'no node "three" here; there are: one.',
    );
    // @ts-expect-error -- no such node
    expect(() => start.transform('two', ({ nodes }) => nodes.three.output)).toThrow('there are: none.');
    // @ts-expect-error -- no such node
    expect(() => loose.transform('two', 1, { fallbackFor: 'three' })).toThrow(
      '"three", which is not written before it',
    );
    const failing = start.code('one', { source: 'throw 1;', onFailure: 'continue' });
    expect(() => failing.transform('two', 2, { fallbackFor: 'one' })).toThrow('"one" has an "onFailure" already');
  });
});

describe('a reference', () => {
  it('is written as CEL writes it', () => {
    const input = ref<unknown>('input');
    expect(toTemplate(input['name'] ?? null)).toBe('${ input.name }');
    expect(toTemplate(input['my-key']?.['in']?.['0'] ?? null)).toBe('${ input["my-key"]["in"][0] }');
    const member: unknown = Reflect.get(input, 'toString');
    expect(isExpr(member) && toTemplate(member)).toBe('${ input.toString }');
  });

  it('stands in a plain template literal too', () => {
    const name = ref<string>('input.name');
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions, @typescript-eslint/no-base-to-string -- what is tested
    expect(`Hello, ${name}!`).toBe('Hello, ${ input.name }!');
  });

  it('is told from data', () => {
    expect(isExpr(ref('input'))).toBe(true);
    expect(isExpr(cel`1`)).toBe(true);
    expect([null, 'input', {}, []].some(isExpr)).toBe(false);
  });

  it('has no members that are no names', () => {
    expect(Reflect.get(ref('input'), Symbol.iterator)).toBeUndefined();
  });
});

describe('cel', () => {
  it('takes references as they are and other values as literals', () => {
    const dep = ref<{ licence: string }>('dep');
    const expression = cel<boolean>`${dep.licence}.startsWith(${'GPL'}) || ${[1, null, { a: true }]}.size() > ${1.5}`;
    expect(toTemplate(expression)).toBe('${ dep.licence.startsWith("GPL") || [1,null,{"a":true}].size() > 1.5 }');
  });

  it('takes an expression within another', () => {
    expect(toTemplate(cel`!(${cel`true`})`)).toBe('${ !(true) }');
  });
});

describe('text', () => {
  it('holds what is written between references as it is', () => {
    expect(text`${1} of ${ref('input.count')} \${x} for ${'${y}'}`).toBe('1 of ${ input.count } $${x} for $${y}');
  });

  it('keeps a dollar sign before a reference', () => {
    expect(text`Price: $${ref('input.price')}`).toBe('Price: ${ "$" }${ input.price }');
  });
});

describe('what code returns', () => {
  it('is said by a shape that holds nothing', () => {
    expect(shape<{ letters: number }>()).toEqual({});
  });

  it('does not enter the document', () => {
    const document = start.code('one', { source: 'return 1;', returns: shape<number>() }).build();
    expect(document.nodes['one']).toEqual({ kind: 'code', source: 'return 1;' });
  });
});

describe('a template', () => {
  it('is the JSON that was given where there is no reference', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json: unknown = JSON.parse(JSON.stringify(value));
        expect(toTemplate(JSON.parse(JSON.stringify(value)))).toEqual(json);
      }),
    );
  });
});
