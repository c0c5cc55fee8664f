import { describe, expect, it } from 'vitest';
import { grantHosts } from '../../../../src/compiler/rules/grant-hosts.ts';
import { findingsOf, template } from '../../../support/rules.ts';

describe('grant-hosts', () => {
  it('finds what is no host and port, at any depth', () => {
    const inner = template({}, { grants: { hosts: ['a.test:443', 'https://a.test'] } });
    const nodes = { each: { kind: 'loop', items: [], nodes: { inner } } };
    expect(findingsOf(grantHosts, { nodes })).toEqual([
      {
        path: '/nodes/each/nodes/inner/grants/hosts/1',
        message:
          'Node "inner" asks for the host "https://a.test"; write a host and a port such as api.example.com:443, without a scheme, a path or a pattern.',
      },
    ]);
  });
});
