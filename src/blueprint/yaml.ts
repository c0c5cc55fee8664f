import { isMap, isScalar, isSeq, parseDocument, stringify, type Document, type Node, type Pair } from 'yaml';
import type { Issue } from '../core/issue.ts';
import type { Json } from '../core/json.ts';
import { parsePointer, toPointer } from '../core/json-pointer.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Blueprint } from './blueprint.ts';
import { parseJson } from './document-limits.ts';
import { orderKeys } from './key-order.ts';
import { placeAt, type SourceMap, type SourcePlace } from './source-text.ts';
import { tokenIssues } from './yaml-tokens.ts';

/** A document and where its parts stand. */
export interface ParsedSource {
  readonly document: Json;
  readonly places: SourceMap;
}

/** Parses YAML 1.2 (of which JSON is a part) without anchors, aliases and tags; names may not be written twice. */
export function parseYaml(text: string): Result<ParsedSource, Issue[]> {
  const refused = tokenIssues(text);
  if (refused.length > 0) return err([...refused]);
  // Pretty errors and the parser's own look for duplicates are quadratic.
  const parsed = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false });
  const [fault] = [...parsed.errors, ...parsed.warnings];
  if (fault !== undefined) {
    return err([{ rule: 'yaml-syntax', path: '', message: sentence(fault.message), ...placeAt(text, fault.pos[0]) }]);
  }
  const keyFaults = keyIssues(parsed.contents, text);
  if (keyFaults.length > 0) return err(keyFaults);
  const value: unknown = parsed.toJS({ maxAliasCount: 0 });
  const places: SourceMap = { placeOf: (pointer) => placeOf(parsed, pointer, text) };
  const json = parseJson(value);
  if (!json.ok) return err(json.error.map((issue) => ({ ...issue, ...places.placeOf(issue.path) })));
  return ok({ document: json.value, places });
}

const sentence = (message: string): string => (message.endsWith('.') ? message : `${message}.`);

/** Faults of this kind come in thousands or not at all. */
const MAX_ISSUES = 100;

/** Names that are no text, or written twice; the parsed depth is bounded, so recursion is. */
function keyIssues(root: unknown, text: string): Issue[] {
  const issues: Issue[] = [];
  const visit = (node: unknown, path: readonly string[]): void => {
    if (isSeq(node)) node.items.forEach((item, at) => visit(item, [...path, String(at)]));
    if (!isMap(node)) return;
    const names = new Set<string>();
    for (const pair of node.items) {
      if (issues.length >= MAX_ISSUES) return;
      const name = keyOf(pair);
      const placeOfKey = (): SourcePlace => placeAt(text, startOf(pair.key) ?? 0);
      if (name === undefined) {
        issues.push({ rule: 'yaml-syntax', path: toPointer(path), message: 'A name must be a text.', ...placeOfKey() });
        continue;
      }
      const here = [...path, name];
      if (names.has(name)) {
        const message = `"${name}" is written twice here: one of them would be lost.`;
        issues.push({ rule: 'duplicate-key', path: toPointer(here), message, ...placeOfKey() });
      }
      names.add(name);
      visit(pair.value, here);
    }
  };
  visit(root, []);
  return issues;
}

const keyOf = (pair: Pair): string | undefined => {
  const value = isScalar(pair.key) ? pair.key.value : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);

const isNode = (node: unknown): node is Node => isScalar(node) || isMap(node) || isSeq(node);

/** Walks as far as the pointer's names are there: what is missing is told at what it is missing from. */
function placeOf(parsed: Document.Parsed, pointer: string, text: string): SourcePlace {
  let node: unknown = parsed.contents;
  let offset = startOf(node) ?? 0;
  for (const token of parsePointer(pointer)) {
    const next: { readonly key: unknown; readonly value: unknown } | undefined = isMap(node)
      ? node.items.find((pair) => keyOf(pair) === token)
      : isSeq(node)
        ? { key: node.items[Number(token)], value: node.items[Number(token)] }
        : undefined;
    if (next === undefined) break;
    offset = startOf(next.key) ?? offset;
    node = next.value;
  }
  return placeAt(text, offset);
}

/** Writes a blueprint with its properties in the conventional order. */
export function formatBlueprint(blueprint: Blueprint, format: 'yaml' | 'json'): string {
  const document = orderKeys(blueprint);
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  // No anchors for equal values: the parser of blueprints refuses aliases.
  return stringify(document, { version: '1.2', schema: 'core', aliasDuplicateObjects: false, lineWidth: 120 });
}
