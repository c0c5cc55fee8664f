import { describe, expectTypeOf, it } from 'vitest';
import { blueprint, cel, shape, type FromSchema, type Ref } from '../../../src/builder/index.ts';

const named = blueprint('named').input({
  type: 'object',
  properties: { name: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
  required: ['name'],
});

declare module '../../../src/builder/tool-types.ts' {
  interface ToolTypes {
    'merged.tool': { input: { readonly url: string }; output: { readonly title: string } };
  }
}

/** Stands for a use: what counts is whether it compiles. */
const mention = (used: unknown): unknown => used;

describe('the types of the builder', () => {
  it('know the input by its schema', () => {
    named.transform('a', ({ input }) => {
      expectTypeOf(input.name).toEqualTypeOf<Ref<string>>();
      expectTypeOf(input.tags).toEqualTypeOf<Ref<readonly string[]>>();
      // @ts-expect-error -- the schema has no such property
      return input.nam;
    });
  });

  it('take the type of the input from the author where the schema says too little', () => {
    blueprint('typed')
      .input<{ readonly when: `${number}` }>({ type: 'object' })
      .transform('a', ({ input }) => {
        expectTypeOf(input.when).toEqualTypeOf<Ref<`${number}`>>();
        return input.when;
      });
  });

  it('refuse a node that was not written before', () => {
    named.transform('first', 1).transform('second', ({ nodes }) => {
      // @ts-expect-error -- there is no node of that name
      mention(() => nodes.frist);
      return nodes.first.output;
    });
  });

  it('refuse a member that an output does not have', () => {
    named
      .tool('greet', 'text.template', ({ input }) => ({ template: 'Hello, {name}!', name: input.name }))
      .code('count', { source: 'return { letters: 1 };', returns: shape<{ letters: number }>() })
      .transform('both', ({ nodes }) => {
        expectTypeOf(nodes.greet.output).toEqualTypeOf<Ref<{ readonly text: string }>>();
        expectTypeOf(nodes.count.output.letters).toEqualTypeOf<Ref<number>>();
        // @ts-expect-error -- the output of the tool is { text }
        mention(nodes.greet.output.txt);
        // @ts-expect-error -- the code returns { letters }
        mention(nodes.count.output.words);
        // @ts-expect-error -- a node has output and failure
        return nodes.greet.text;
      });
  });

  it('check the input of a tool whose types are known', () => {
    // @ts-expect-error -- "template" is missing
    named.tool('greet', 'text.template', ({ input }) => ({ name: input.name }));
    // @ts-expect-error -- "text" must be text
    named.tool('parse', 'csv.parse', ({ input }) => ({ text: input.tags }));
    // @ts-expect-error -- there is no such member
    named.tool('parse', 'csv.parse', { text: 'a,b', delimeter: ';' });
  });

  it('know a tool whose types were added by merging', () => {
    named
      .tool('call', 'merged.tool', ({ input }) => ({ url: input.name }))
      .transform('read', ({ nodes }) => {
        expectTypeOf(nodes.call.output.title).toEqualTypeOf<Ref<string>>();
        return nodes.call.output.title;
      });
    // @ts-expect-error -- "url" is missing
    named.tool('call', 'merged.tool', {});
  });

  it('let everything into and out of a tool that nobody described', () => {
    named
      .tool('call', 'my.tool', { any: ['thing'] })
      .transform('read', ({ nodes }) => nodes.call.output['member']?.['deeper'] ?? null);
    named.tool('call', 'my.tool', {}, { returns: shape<{ url: string }>() }).transform('read', ({ nodes }) => {
      expectTypeOf(nodes.call.output.url).toEqualTypeOf<Ref<string>>();
      return nodes.call.output.url;
    });
  });

  it('refuse a second node of one name', () => {
    // @ts-expect-error -- There is a node "a" already.
    mention(() => named.transform('a', 1).transform('a', 2));
  });

  it('follow what a transform gives', () => {
    named
      .transform('made', ({ input }) => ({ name: input.name, list: [1, 2], nested: { yes: cel<boolean>`true` } }))
      .transform('read', ({ nodes }) => {
        expectTypeOf(nodes.made.output.name).toEqualTypeOf<Ref<string>>();
        expectTypeOf(nodes.made.output.list).toEqualTypeOf<Ref<readonly number[]>>();
        expectTypeOf(nodes.made.output.nested.yes).toEqualTypeOf<Ref<boolean>>();
        return nodes.made.output.list[0] ?? null;
      });
  });

  it('know the items of a loop, and its outputs in a list', () => {
    named
      .code('parse', { source: 'return [];', returns: shape<readonly { licence: string }[]>() })
      .loop('each', {
        items: ({ nodes }) => nodes.parse.output,
        as: 'dep',
        body: (body) =>
          body
            .transform('classify', ({ dep, index, input }) => {
              expectTypeOf(dep.licence).toEqualTypeOf<Ref<string>>();
              expectTypeOf(index).toEqualTypeOf<Ref<number>>();
              expectTypeOf(input.name).toEqualTypeOf<Ref<string>>();
              // @ts-expect-error -- an item has no such member
              mention(dep.license);
              return { risky: cel<boolean>`${dep.licence} == 'GPL'` };
            })
            .output(({ nodes }) => nodes.classify.output),
      })
      .transform('after', ({ nodes }) => {
        expectTypeOf(nodes.each.output).toEqualTypeOf<Ref<readonly { readonly risky: boolean }[]>>();
        // @ts-expect-error -- what is inside a loop cannot be read outside
        mention(() => nodes.classify);
        return nodes.each.output;
      });
  });

  it('do not let a loop go through what is no list', () => {
    // @ts-expect-error -- the name is text
    named.loop('each', { items: ({ input }) => input.name, body: (body) => body.output(1) });
  });

  it('name items after the default, and take a list that is written down', () => {
    named.loop('each', {
      items: ['a', 'b'],
      body: (body) =>
        body.output(({ item }) => {
          expectTypeOf(item).toEqualTypeOf<Ref<string>>();
          return item;
        }),
    });
  });

  it('give a condition the outputs of all its branches', () => {
    named
      .condition('maybe', (choose) => choose.when(cel`true`, (body) => body.output(1)))
      .condition('surely', (choose) =>
        choose
          .when(
            ({ input }) => cel`${input.name} == 'x'`,
            (body) => body.output(({ input }) => input.name),
          )
          .otherwise((body) => body.output(2)),
      )
      .transform('read', ({ nodes }) => {
        expectTypeOf(nodes.maybe.output).toEqualTypeOf<Ref<number | null>>();
        expectTypeOf(nodes.surely.output).toEqualTypeOf<Ref<string | number>>();
        return nodes.maybe.output;
      });
  });

  it('give a parallel node the outputs that its merge leaves', () => {
    named
      .parallel('all', {
        branches: {
          a: (body) => body.transform('x', 1).output(({ nodes }) => nodes.x.output),
          b: (body) => body.output('two'),
        },
      })
      .parallel('fastest', {
        merge: 'first',
        branches: { a: (body) => body.output(1), b: (body) => body.output('two') },
      })
      .parallel('some', {
        merge: { atLeast: 1 },
        branches: { a: (body) => body.output(1), b: (body) => body.output('two') },
      })
      .transform('read', ({ nodes }) => {
        expectTypeOf(nodes.all.output.a).toEqualTypeOf<Ref<number>>();
        expectTypeOf(nodes.fastest.output).toEqualTypeOf<Ref<string | number>>();
        expectTypeOf(nodes.some.output.b).toEqualTypeOf<Ref<string>>();
        // @ts-expect-error -- there is no such branch
        return nodes.all.output.c;
      });
  });

  it('let "after" and "fallbackFor" name nodes beside it', () => {
    const two = named.transform('one', 1);
    two.transform('two', 2, { after: ['one'], fallbackFor: 'one' });
    // @ts-expect-error -- there is no node "on"
    two.transform('two', 2, { after: ['on'] });
    // @ts-expect-error -- there is no node "on"
    mention(() => two.transform('two', 2, { fallbackFor: 'on' }));
    // @ts-expect-error -- "one" is outside of the loop
    two.loop('each', { items: [1], body: (body) => body.transform('inner', 1, { after: ['one'] }) });
  });

  it('want a condition to be true or false', () => {
    // @ts-expect-error -- the name is text
    named.transform('a', 1, { when: ({ input }) => input.name });
  });
});

describe('the type of a schema', () => {
  it('says what the schema says', () => {
    expectTypeOf<FromSchema<{ type: 'integer' }>>().toEqualTypeOf<number>();
    expectTypeOf<FromSchema<{ type: readonly ['string', 'null'] }>>().toEqualTypeOf<string | null>();
    expectTypeOf<FromSchema<{ enum: readonly ['a', 'b'] }>>().toEqualTypeOf<'a' | 'b'>();
    expectTypeOf<FromSchema<{ const: 1 }>>().toEqualTypeOf<1>();
    expectTypeOf<FromSchema<{ anyOf: readonly [{ type: 'boolean' }, { type: 'number' }] }>>().toEqualTypeOf<
      boolean | number
    >();
    expectTypeOf<FromSchema<{ type: 'array' }>>().toEqualTypeOf<readonly unknown[]>();
    expectTypeOf<FromSchema<{ type: 'object' }>>().toEqualTypeOf<{ readonly [member: string]: unknown }>();
    expectTypeOf<FromSchema<{ title: 'anything' }>>().toEqualTypeOf<unknown>();
  });
});
