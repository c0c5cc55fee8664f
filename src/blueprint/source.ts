import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Blueprint } from './blueprint.ts';
import { parseJson, sizeIssues } from './document-limits.ts';
import { scanJson } from './json-source.ts';
import { parseBlueprint } from './parse-blueprint.ts';
import { placeAt, type SourceMap } from './source-text.ts';
import { parseYaml, type ParsedSource } from './yaml.ts';

/** A blueprint and where its parts stand in the text that it was written in. */
export interface BlueprintSource {
  readonly blueprint: Blueprint;
  readonly places: SourceMap;
}

/** Parses the text of a blueprint, YAML or JSON; each issue says its line and column. */
export function parseBlueprintSource(text: string): Result<BlueprintSource, Issue[]> {
  const source = parseSource(text);
  if (!source.ok) return source;
  const { document, places } = source.value;
  const blueprint = parseBlueprint(document);
  return blueprint.ok ? ok({ blueprint: blueprint.value, places }) : err(withPlaces(blueprint.error, places));
}

/** Parses YAML or JSON of any shape, no larger than a blueprint may be. */
export function parseSource(text: string): Result<ParsedSource, Issue[]> {
  const tooLarge = sizeIssues(text);
  if (tooLarge.length > 0) return err([...tooLarge]);
  const json = /^\s*[{[]/.test(text) ? tryJson(text) : undefined;
  // What is no JSON may still be YAML with braces; and only the YAML parser says where a fault is.
  return json === undefined ? parseYaml(text) : readJson(json.value, text);
}

/** Adds line and column to issues that have none. */
export const withPlaces = (issues: readonly Issue[], places: SourceMap): Issue[] =>
  issues.map((issue) => (issue.line === undefined ? { ...issue, ...places.placeOf(issue.path) } : issue));

function tryJson(text: string): { readonly value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value };
  } catch {
    return undefined;
  }
}

/** Some hundred times faster than the YAML parser, and documents of programs are JSON. */
function readJson(value: unknown, text: string): Result<ParsedSource, Issue[]> {
  const json = parseJson(value);
  if (!json.ok) return json;
  const scan = scanJson(text);
  if (scan.duplicates.length > 0) {
    return err(
      scan.duplicates.map(({ pointer, offset }) => ({
        rule: 'duplicate-key',
        path: pointer,
        message: `"${pointer.split('/').at(-1) ?? ''}" is written twice here: one of them would be lost.`,
        ...placeAt(text, offset),
      })),
    );
  }
  return ok({
    document: json.value,
    places: { placeOf: (pointer) => placeAt(text, nearestOffset(scan.offsets, pointer)) },
  });
}

function nearestOffset(offsets: ReadonlyMap<string, number>, pointer: string): number {
  for (let place = pointer; place !== ''; place = place.slice(0, place.lastIndexOf('/'))) {
    const offset = offsets.get(place);
    if (offset !== undefined) return offset;
  }
  return offsets.get('') ?? 0;
}
