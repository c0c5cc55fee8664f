import { describe, expect, it } from 'vitest';
import { askedGrants, widenedGrants } from '../../../src/blueprint/asked-grants.ts';
import type { GrantsSpec } from '../../../src/blueprint/grants.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { canonicalPolicy, TenantPolicy } from '../../../src/blueprint/tenant-policy.ts';
import { documentOf, template } from '../../support/rules.ts';

const asks = (grants: GrantsSpec, tool = 'text.template') => template({}, { tool, grants });
const document = (nodes: Record<string, unknown>) => documentOf({ nodes });

describe('grants in a document', () => {
  it('are sorted sets for the fingerprint, and nothing when they are empty', () => {
    const one = document({ a: asks({ hosts: ['B.test:80', 'a.test:80'], secrets: [] }) });
    const other = document({ a: asks({ hosts: ['a.test:80', 'b.test:80', 'a.test:80'] }) });
    expect(fingerprintOf(one)).toBe(fingerprintOf(other));
    expect(fingerprintOf(document({ a: asks({}) }))).toBe(fingerprintOf(document({ a: template() })));
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(document({ a: asks({ hosts: ['a.test:80'] }) })));
  });

  it('are found at every depth', () => {
    const inner = asks({ folders: ['reports'] });
    const found = askedGrants(
      document({
        top: asks({ hosts: ['a.test:80'] }),
        silent: template(),
        each: { kind: 'loop', items: [], nodes: { inner } },
        side: { kind: 'parallel', branches: { left: { nodes: { inner } } } },
        choice: { kind: 'condition', branches: [{ when: 'true', nodes: { inner } }], otherwise: { nodes: { inner } } },
      }),
    );
    expect(found.map(({ path }) => path)).toEqual([
      'top',
      'each.inner',
      'side.left.inner',
      'choice.0.inner',
      'choice.otherwise.inner',
    ]);
  });

  it('widen by each grant that no node of the same tool had, at any depth', () => {
    const before = document({ a: asks({ hosts: ['a.test:80'], secrets: ['one'] }) });
    const widened = (nodes: Record<string, unknown>) => widenedGrants(before, document(nodes));
    expect(widened({ renamed: asks({ hosts: ['A.test:80'] }) })).toEqual([]);
    expect(widened({ each: { kind: 'loop', items: [], nodes: { b: asks({ hosts: ['a.test:80'] }) } } })).toEqual([]);
    expect(widened({ a: asks({ hosts: ['a.test:80', 'b.test:80'] }) })).toEqual(['text.template: host b.test:80']);
    expect(widened({ a: asks({ reveal: ['one'] }) })).toEqual(['text.template: reveal one']);
    expect(widened({ a: asks({ secrets: ['one'] }, 'other.tool') })).toEqual(['other.tool: secret one']);
    expect(
      widened({ side: { kind: 'parallel', branches: { l: { nodes: { b: asks({ folders: ['x'] }) } } } } }),
    ).toEqual(['text.template: folder x']);
    expect(widenedGrants(undefined, before)).toHaveLength(2);
  });

  it('are not for code', () => {
    expect(() => document({ a: { kind: 'code', source: 'return 1;', grants: { hosts: ['a.test:80'] } } })).toThrow();
  });
});

describe('a policy', () => {
  it('is a sorted set, with defaults', () => {
    const parsed = TenantPolicy.parse({
      hosts: ['b.test:80', 'B.test:80', 'a.test:80'],
      secrets: [
        { name: 'two', hosts: [] },
        { name: 'one', hosts: ['a.test:80'], header: 'X-Key', reveal: true },
      ],
    });
    expect(canonicalPolicy(parsed)).toEqual({
      hosts: ['a.test:80', 'b.test:80'],
      folders: [],
      secrets: [
        { name: 'one', hosts: ['a.test:80'], header: 'x-key', reveal: true },
        { name: 'two', hosts: [], header: 'authorization', reveal: false },
      ],
    });
  });

  it.each([
    { hosts: ['*.example.com:443'] },
    { hosts: ['https://example.com'] },
    { folders: ['/etc'] },
    { secrets: [{ name: 'one', hosts: ['a.test'] }] },
    { secrets: [{ name: 'one', hosts: [], header: 'a b' }] },
    {
      secrets: [
        { name: 'one', hosts: [] },
        { name: 'one', hosts: [] },
      ],
    },
    { hosts: Array.from({ length: 1_001 }, (_, at) => `h${at}.test:80`) },
    { more: true },
  ])('refuses %j', (policy) => {
    expect(TenantPolicy.safeParse(policy).success).toBe(false);
  });
});
