import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { formatHostPort } from '../../../src/core/host-port.ts';
import type { GrantsSpec } from '../../../src/blueprint/grants.ts';
import { EMPTY_POLICY, type TenantPolicy } from '../../../src/blueprint/tenant-policy.ts';
import { effectiveGrants, type EffectiveGrants } from '../../../src/registry/effective-grants.ts';
import type { ToolGrants } from '../../../src/registry/tool.ts';

const hosts = ['a.test:443', 'b.test:80', '[::1]:8080'];
const names = ['one', 'two', 'three'];
const someHosts = fc.subarray(hosts);
const someNames = fc.subarray(names);
const either = <T>(list: fc.Arbitrary<T[]>) => fc.option(fc.oneof(fc.constant<true>(true), list), { nil: undefined });
const defined = <T extends object>(parts: T): T =>
  Object.fromEntries(Object.entries(parts).filter(([, part]) => part !== undefined)) as T; // a part may be left out

const declared: fc.Arbitrary<ToolGrants> = fc
  .record({
    hosts: either(someHosts),
    folders: either(someNames),
    secrets: either(someNames),
    reveal: fc.option(someNames, { nil: undefined }),
  })
  .map((grants) => defined(grants) as ToolGrants); // without what is undefined
const asked: fc.Arbitrary<GrantsSpec> = fc.record(
  { hosts: someHosts, folders: someNames, secrets: someNames, reveal: someNames },
  { requiredKeys: [] },
);
const policy: fc.Arbitrary<TenantPolicy> = fc.record({
  hosts: someHosts,
  folders: someNames,
  secrets: someNames.chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) =>
        fc.record({
          name: fc.constant(name),
          hosts: someHosts,
          header: fc.constant('authorization'),
          reveal: fc.boolean(),
        }),
      ),
    ),
  ),
});
const listed = (grants: EffectiveGrants) => ({
  hosts: grants.hosts.map(formatHostPort),
  folders: grants.folders,
  secrets: grants.secrets.map(({ name }) => name),
  reveal: grants.reveal,
});
const all: ToolGrants = { hosts: true, folders: true, secrets: true, reveal: names };

describe('effective grants', () => {
  test.prop([declared, asked, policy])('are named by all three sides', (tool, node, tenant) => {
    const { secrets, ...effective } = listed(effectiveGrants({ declared: tool, asked: node, policy: tenant }));
    for (const kind of ['hosts', 'folders'] as const) {
      for (const name of effective[kind]) {
        expect(tool[kind] === true || tool[kind]?.includes(name)).toBe(true);
        expect(node[kind]).toContain(name);
        expect(tenant[kind]).toContain(name);
      }
    }
    for (const name of secrets) {
      expect(tool.secrets === true || tool.secrets?.includes(name)).toBe(true);
      expect(node.secrets).toContain(name);
      expect(tenant.secrets.map((secret) => secret.name)).toContain(name);
    }
    for (const name of effective.reveal) {
      expect(tool.reveal).toContain(name);
      expect(node.reveal).toContain(name);
      expect(tenant.secrets.find((secret) => secret.name === name)?.reveal).toBe(true);
    }
  });

  test.prop([declared, asked, policy])('hold all that the three sides name', (tool, node, tenant) => {
    const effective = listed(effectiveGrants({ declared: tool, asked: node, policy: tenant }));
    for (const kind of ['hosts', 'folders'] as const) {
      const expected = (node[kind] ?? []).filter(
        (name) => (tool[kind] === true || tool[kind]?.includes(name)) && tenant[kind].includes(name),
      );
      expect([...effective[kind]]).toEqual(expected.toSorted());
    }
  });

  test.prop([declared, asked, policy])('are none when one side is empty', (tool, node, tenant) => {
    const none = { hosts: [], folders: [], secrets: [], reveal: [] };
    expect(listed(effectiveGrants({ declared: undefined, asked: node, policy: tenant }))).toEqual(none);
    expect(listed(effectiveGrants({ declared: tool, asked: undefined, policy: tenant }))).toEqual(none);
    expect(listed(effectiveGrants({ declared: tool, asked: node, policy: EMPTY_POLICY }))).toEqual(none);
  });

  test.prop([declared, asked, policy])('never grow when a side shrinks', (tool, node, tenant) => {
    const before = listed(effectiveGrants({ declared: tool, asked: node, policy: tenant }));
    const smaller: TenantPolicy = { ...tenant, hosts: tenant.hosts.slice(1), secrets: tenant.secrets.slice(1) };
    const after = listed(effectiveGrants({ declared: tool, asked: node, policy: smaller }));
    for (const kind of ['hosts', 'folders', 'secrets', 'reveal'] as const) {
      for (const name of after[kind]) expect(before[kind]).toContain(name);
    }
  });

  it('take hosts that are written in different ways for one', () => {
    const effective = effectiveGrants({
      declared: { hosts: ['API.test:443'] },
      asked: { hosts: ['api.TEST.:443', 'api.test:443'] },
      policy: { ...EMPTY_POLICY, hosts: ['api.test:443'] },
    });
    expect(effective.hosts).toEqual([{ host: 'api.test', port: 443 }]);
  });

  it('bind a secret as the policy says, and give its plain text only by grants of its own', () => {
    const secret = { name: 'one', hosts: ['a.test:443'], header: 'x-key', reveal: false };
    const effective = (more: Partial<typeof secret>, node: GrantsSpec): EffectiveGrants =>
      effectiveGrants({ declared: all, asked: node, policy: { ...EMPTY_POLICY, secrets: [{ ...secret, ...more }] } });
    expect(effective({}, { secrets: ['one'], reveal: ['one'] })).toMatchObject({
      secrets: [{ name: 'one', hosts: [{ host: 'a.test', port: 443 }], header: 'x-key' }],
      reveal: [],
    });
    expect(effective({ reveal: true }, { secrets: ['one'] }).reveal).toEqual([]);
    expect(effective({ reveal: true }, { reveal: ['one'] })).toMatchObject({ secrets: [], reveal: ['one'] });
  });
});
