import { isJsonObject, type Json } from '../core/json.ts';
import type { Issue } from '../core/issue.ts';
import { escapeToken, parsePointer, toPointer } from '../core/json-pointer.ts';
import { err, ok, type Result } from '../core/result.ts';
import { MIB } from '../core/units.ts';

/** The largest document, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = MIB;
/** The most nodes, at all depths together. */
export const MAX_NODES = 10_000;
/** The deepest nesting of nodes; a top-level node is at depth 1. */
export const MAX_NODE_DEPTH = 32;
/** The deepest nesting of lists and objects: bodies use up to four for each depth of nodes. */
export const MAX_JSON_DEPTH = 256;

/** A place deeper than this is told by its beginning. */
const MAX_TOLD_DEPTH = 16;

/** Refuses text that is too large to be looked at. */
export function sizeIssues(text: string): readonly Issue[] {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_DOCUMENT_BYTES) return [];
  const message = `The document has ${bytes} bytes; ${MAX_DOCUMENT_BYTES} are allowed.`;
  return [{ rule: 'document-size', path: '', message }];
}

/** Takes any value for JSON, or says what in it is not, or is nested too deeply to be looked at further. */
export function parseJson(value: unknown): Result<Json, Issue[]> {
  const issues = jsonIssues(value);
  return issues.length === 0 ? ok(value as Json) : err([...issues]); // all of it was looked at
}

/** Without recursion: nothing is known of the depth yet. */
function jsonIssues(document: unknown): readonly Issue[] {
  const issues: Issue[] = [];
  const open: { readonly value: unknown; readonly path: string; readonly depth: number }[] = [
    { value: document, path: '', depth: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path, depth } = next;
    if (depth > MAX_JSON_DEPTH) {
      const message = `Lists and objects are nested ${depth} deep here; ${MAX_JSON_DEPTH} are allowed.`;
      return [{ rule: 'document-depth', path: toPointer(parsePointer(path).slice(0, MAX_TOLD_DEPTH)), message }];
    }
    if (Array.isArray(value)) {
      for (const [at, each] of value.entries()) open.push({ value: each, path: `${path}/${at}`, depth: depth + 1 });
    } else if (isPlainObject(value)) {
      for (const [name, each] of Object.entries(value)) {
        const place = `${path}/${escapeToken(name)}`;
        if (name === '__proto__') issues.push(jsonIssue(place, 'The name __proto__ is not allowed.'));
        // As JSON does: a member that is undefined is absent.
        else if (each !== undefined) open.push({ value: each, path: place, depth: depth + 1 });
      }
    } else if (!isScalar(value)) {
      issues.push(jsonIssue(path, `This is ${describe(value)}, which JSON cannot carry.`));
    }
  }
  return issues;
}

const jsonIssue = (path: string, message: string): Issue => ({ rule: 'document-json', path, message });

const isScalar = (value: unknown): boolean =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);

const isPlainObject = (value: unknown): value is object => {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const describe = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`;
};

/** Refuses graphs that are too large or nested too deeply, with the numbers that were met. */
export function graphIssues(document: Json): readonly Issue[] {
  const { count, depth, deepest } = measureNodes(document);
  const issues: Issue[] = [];
  if (count > MAX_NODES) {
    const message = `The blueprint has ${count} nodes at all depths; ${MAX_NODES} are allowed.`;
    issues.push({ rule: 'node-count', path: '/nodes', message });
  }
  if (depth > MAX_NODE_DEPTH) {
    const message = `Nodes are nested ${depth} deep here; ${MAX_NODE_DEPTH} are allowed.`;
    issues.push({ rule: 'node-depth', path: deepest, message });
  }
  return issues;
}

interface Measure {
  count: number;
  depth: number;
  deepest: string;
}

/** Counts by shape alone, as the document may still have other faults. */
function measureNodes(document: Json): Measure {
  const measure: Measure = { count: 0, depth: 0, deepest: '' };
  if (isJsonObject(document)) measureBody(document, { path: '', depth: 1 }, measure);
  return measure;
}

/** Where a body stands, and how deep its nodes are. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

function measureBody(body: Json | undefined, { path, depth }: Place, measure: Measure): void {
  const nodes = isJsonObject(body) ? body['nodes'] : undefined;
  if (!isJsonObject(nodes)) return;
  for (const [name, node] of Object.entries(nodes)) {
    const place = `${path}/nodes/${escapeToken(name)}`;
    measure.count += 1;
    if (depth > measure.depth) [measure.depth, measure.deepest] = [depth, place];
    if (!isJsonObject(node)) continue;
    measureBody(node, { path: place, depth: depth + 1 }, measure);
    measureBody(node['otherwise'], { path: `${place}/otherwise`, depth: depth + 1 }, measure);
    const branches = node['branches'];
    if (typeof branches !== 'object' || branches === null) continue;
    for (const [branch, each] of Object.entries(branches)) {
      measureBody(each, { path: `${place}/branches/${escapeToken(branch)}`, depth: depth + 1 }, measure);
    }
  }
}
