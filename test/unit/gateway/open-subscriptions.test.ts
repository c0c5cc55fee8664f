import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { createOpenSubscriptions } from '../../../src/gateway/open-subscriptions.ts';
import { MIB } from '../../../src/core/units.ts';

const asked = (text: string) => ({ document: parse(text), operationName: undefined });

it('Open subscriptions are told without their texts and numbers, and forgotten with the last that ends', () => {
  const open = createOpenSubscriptions();
  const one = asked(
    'subscription A { executions(filter: { name: "secret", blocks: """secret""", n: -12.5e3 }) { left } }',
  );
  open.shift(one, 1);
  open.shift(one, 1);
  const { documents, leftOut } = open.list();
  expect(leftOut).toBe(0);
  expect(Object.keys(documents)).toEqual([expect.stringMatching(/^2 open, /)]);
  expect(Object.values(documents)[0]).not.toMatch(/secret|12/);
  open.shift(one, -1);
  open.shift(one, -1);
  expect(open.list()).toEqual({ documents: {}, leftOut: 0 });
});

it('At most 1,000 documents are told, those that are open most often', () => {
  const open = createOpenSubscriptions();
  for (let n = 0; n < 1_010; n += 1) open.shift(asked(`subscription A${n} { executions { left } }`), 1);
  open.shift(asked('subscription Often { executions { left } }'), 1);
  open.shift(asked('subscription Often { executions { left } }'), 1);
  const { documents, leftOut } = open.list();
  expect(Object.keys(documents)).toHaveLength(1_000);
  expect(leftOut).toBe(11);
  expect(Object.keys(documents)[0]).toMatch(/^2 open, /);
});

it('At most 4 MiB are told, however long the names are that clients give', () => {
  const open = createOpenSubscriptions();
  for (let n = 0; n < 9; n += 1)
    open.shift(asked(`subscription { a${n}_${'x'.repeat(MIB / 2)}: executions { left } }`), 1);
  open.shift(asked('subscription Short { executions { left } }'), 1);
  const { documents, leftOut } = open.list();
  expect(Object.keys(documents)).toHaveLength(8);
  expect(Object.values(documents).at(-1)).toContain('Short');
  expect(leftOut).toBe(2);
});
