import { describe, expect, it } from 'vitest';
import { ruleContext } from '../../../../src/compiler/find-issues.ts';
import { toolGrants } from '../../../../src/compiler/rules/tool-grants.ts';
import { createRegistry } from '../../../../src/registry/registry.ts';
import type { ToolGrants } from '../../../../src/registry/tool.ts';
import { documentOf } from '../../../support/rules.ts';
import { toolDefinition } from '../../../support/tools.ts';

function messagesOf(declared: ToolGrants | undefined, grants: object): readonly string[] {
  const tool = toolDefinition({ name: 'my.tool', ...(declared && { grants: declared }) });
  const document = documentOf({ nodes: { fetch: { kind: 'tool', tool: 'my.tool', grants } } });
  const findings = toolGrants.check(ruleContext(document, createRegistry({ tools: [tool] })));
  return findings.map(({ path, message }) => `${path}: ${message}`);
}

describe('tool-grants', () => {
  it('takes what the tool declares', () => {
    const declared: ToolGrants = { hosts: ['API.test:443'], folders: true, secrets: ['one'], reveal: ['one'] };
    const grants = { hosts: ['api.test:443'], folders: ['reports'], secrets: ['one'], reveal: ['one'] };
    expect(messagesOf(declared, grants)).toEqual([]);
  });

  it('finds what it does not, with what may have been meant', () => {
    const declared: ToolGrants = { hosts: ['api.test:443'], secrets: ['token'] };
    expect(
      messagesOf(declared, { hosts: ['api.test:443', 'api.tset:443'], secrets: ['tokne'], reveal: ['token'] }),
    ).toEqual([
      '/nodes/fetch/grants/hosts/1: Node "fetch" asks for the host "api.tset:443", which its tool does not declare. Did you mean "api.test:443"?',
      '/nodes/fetch/grants/secrets/0: Node "fetch" asks for the secret "tokne", which its tool does not declare. Did you mean "token"?',
      '/nodes/fetch/grants/reveal/0: Node "fetch" asks for the secret in plain text "token", which its tool does not declare. "my.tool" declares none: leave it out, or choose a tool that does.',
    ]);
  });

  it('finds everything where the tool declares nothing', () => {
    expect(messagesOf(undefined, { hosts: ['api.test:443'], folders: ['reports'] })).toHaveLength(2);
  });

  it('leaves a text that is no host to the rule for that', () => {
    expect(messagesOf(undefined, { hosts: ['nonsense'] })).toEqual([]);
  });
});
