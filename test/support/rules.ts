import { Blueprint } from '../../src/blueprint/blueprint.ts';
import { ruleContext } from '../../src/compiler/find-issues.ts';
import type { Finding, Rule } from '../../src/compiler/rule.ts';
import { testRegistry } from './tools.ts';

type Parts = Partial<Record<keyof Blueprint, unknown>>;

/** A document of these parts; its shape is checked, its sense is not. */
export const documentOf = (parts: Parts): Blueprint => Blueprint.parse({ name: 'tested', nodes: {}, ...parts });

/** What one rule finds in a document of these parts. */
export const findingsOf = (rule: Rule, parts: Parts, registry = testRegistry()): readonly Finding[] =>
  rule.check(ruleContext(documentOf(parts), registry));

type NodeParts = Readonly<Record<string, unknown>>;

/** A node that evaluates a template, with whatever else it may have. */
export const transform = (output: unknown, more: NodeParts = {}): NodeParts => ({ kind: 'transform', output, ...more });

/** A node that runs code. */
export const code = (input: unknown = {}, more: NodeParts = {}): NodeParts => ({
  kind: 'code',
  source: 'return input;',
  input,
  ...more,
});

/** A node that calls the tool `text.template`. */
export const template = (input: NodeParts = {}, more: NodeParts = {}): NodeParts => ({
  kind: 'tool',
  tool: 'text.template',
  input: { template: 'Hello', ...input },
  ...more,
});
