import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '../src/core/json.ts';
import { parseToolManifest } from '../src/registry/parse-tool-manifest.ts';
import type { ToolManifest } from '../src/registry/tool.ts';
import { ROOT } from './build.ts';

const TOOLS = 'src/tools';

/** The TypeScript source of the types of the built-in tools: what the builder checks their inputs and outputs by. */
export async function builtInToolTypes(): Promise<string> {
  const entries = await readdir(path.join(ROOT, TOOLS), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const manifests = await Promise.all(folders.sort().map(readManifest));
  return toolTypesSource(manifests);
}

async function readManifest(folder: string): Promise<ToolManifest> {
  const file = path.join(TOOLS, folder, 'tool.json');
  const parsed = parseToolManifest(JSON.parse(await readFile(path.join(ROOT, file), 'utf8')));
  if (parsed.ok) return parsed.value;
  throw new Error(`${file}: ${parsed.error.map((issue) => `${issue.path} ${issue.message}`).join('; ')}`);
}

/** A JSON Schema is a type literal of TypeScript as it stands; `FromSchema` reads it. */
function toolTypesSource(manifests: readonly ToolManifest[]): string {
  const members = manifests.map(({ name, description, input, output }) =>
    [
      `  /** ${description.replaceAll('*/', '* /')} */`,
      `  '${name}': {`,
      `    input: FromSchema<${JSON.stringify(typeOnly(input))}>;`,
      `    output: FromSchema<${JSON.stringify(typeOnly(output))}>;`,
      '  };',
    ].join('\n'),
  );
  return [
    `import type { FromSchema } from '../schema-type.ts';`,
    '',
    '/** Input and output of the built-in tools. Written by `npm run codegen` from each `tool.json`. */',
    'export interface BuiltInToolTypes {',
    ...members,
    '}',
    '',
  ].join('\n');
}

/** A schema without what does not bear on types. */
function typeOnly(schema: JsonObject): JsonObject {
  const parts: Record<string, Json> = {};
  for (const keyword of ['type', 'const', 'enum', 'required'] as const) {
    const value = schema[keyword];
    if (value !== undefined) parts[keyword] = value;
  }
  for (const keyword of ['items', 'additionalProperties'] as const) {
    const value = schema[keyword];
    if (value !== undefined) parts[keyword] = isJsonObject(value) ? typeOnly(value) : value;
  }
  const properties = schema['properties'];
  if (isJsonObject(properties)) {
    const each = Object.entries(properties).map(([name, part]) => [name, isJsonObject(part) ? typeOnly(part) : part]);
    parts['properties'] = Object.fromEntries(each);
  }
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const choices = schema[keyword];
    if (Array.isArray(choices))
      parts[keyword] = choices.map((each: Json) => (isJsonObject(each) ? typeOnly(each) : each));
  }
  return parts;
}
