import { generate as generateOperations, type CodegenConfig } from '@graphql-codegen/cli';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import codegenConfig from '../codegen.ts';
import { Blueprint } from '../src/blueprint/blueprint.ts';
import { ToolManifest } from '../src/registry/tool.ts';
import { ROOT } from './build.ts';
import { contractDocuments } from './contracts/documents.ts';
import { DASHBOARDS, dashboardJson } from './observability/dashboards.ts';
import { metricsPage, runbookPages } from './observability/metrics-docs.ts';
import { prometheusRules, prometheusRuleTests } from './observability/prometheus-rules.ts';
import { cliPage } from './reference/cli-page.ts';
import { envExample, settingsPage } from './settings-docs.ts';
import { builtInToolTypes } from './tool-types.ts';

/** True for files that `generate` writes. */
export const isGenerated = (file: string): boolean =>
  /(^|\/)generated\//.test(file) || GENERATED_FOLDERS.test(file) || GENERATED_FILES.some((name) => name === file);

const GENERATED_FILES = [
  'schema.graphql',
  'docs/settings.md',
  'docs/metrics.md',
  'docs/cli.md',
  'docs/errors.md',
  'docs/events.md',
  '.env.example',
] as const;
const GENERATED_FOLDERS = /^(deploy\/(grafana|prometheus)|docs\/runbooks)\//;

function jsonSchema(schema: z.ZodType, about: { readonly id: string; readonly title: string }): string {
  const document = { $id: about.id, title: about.title, ...z.toJSONSchema(schema, { io: 'input' }) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The SDL of the schema that the code builds; loaded when asked for, as it is the whole gateway. */
async function printedSchema(): Promise<string> {
  const [{ schema }, { lexicographicSortSchema, printSchema }] = await Promise.all([
    import('../src/gateway/schema/index.ts'),
    import('graphql'),
  ]);
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** The description of plain HTTP, from the table that requests are dispatched by. */
async function openApi(): Promise<string> {
  const { openApiText } = await import('../src/gateway/rest/routes.ts');
  return openApiText();
}

async function write(file: string, text: string): Promise<string> {
  const absolute = path.join(ROOT, file);
  await mkdir(path.dirname(absolute), { recursive: true });
  await writeFile(absolute, text);
  return file;
}

/** What operators load into Prometheus and Grafana, and what they read. */
async function writeObservability(): Promise<readonly string[]> {
  const files: readonly (readonly [string, string])[] = [
    ['docs/metrics.md', metricsPage()],
    ['deploy/prometheus/rules.yml', prometheusRules()],
    ['deploy/prometheus/rules.test.yml', prometheusRuleTests()],
    ...DASHBOARDS.map((dashboard) => [`deploy/grafana/${dashboard.uid}.json`, dashboardJson(dashboard)] as const),
    ...runbookPages(),
  ];
  return Promise.all(files.map(([file, text]) => write(file, text)));
}

/** What users look up: commands, errors, events. */
async function writeReference(): Promise<readonly string[]> {
  const [{ schema }, { errorsPage }, { eventsPage }] = await Promise.all([
    import('../src/gateway/schema/index.ts'),
    import('./reference/errors-page.ts'),
    import('./reference/events-page.ts'),
  ]);
  return Promise.all([
    write('docs/cli.md', cliPage()),
    write('docs/errors.md', errorsPage(schema)),
    write('docs/events.md', eventsPage(schema)),
  ]);
}

/** The configuration cut to the documents that exist. */
function operationsConfig(config: CodegenConfig): CodegenConfig {
  const generates = Object.entries(config.generates).filter(([, output]) => {
    const documents = 'documents' in output ? output.documents : undefined;
    return typeof documents === 'string' && existsSync(path.join(ROOT, documents));
  });
  return { ...config, generates: Object.fromEntries(generates) };
}

/** Writes everything that follows from the code; answers with the names of the files and folders. */
export async function generate(): Promise<readonly string[]> {
  const written = [
    await write('.env.example', envExample()),
    await write('docs/settings.md', settingsPage()),
    await write(
      'docs/generated/blueprint.schema.json',
      jsonSchema(Blueprint, { id: 'iceos-blueprint', title: 'A blueprint of iceOS' }),
    ),
    await write(
      'docs/generated/tool.schema.json',
      jsonSchema(ToolManifest, { id: 'iceos-tool', title: 'tool.json of iceOS' }),
    ),
    await write('docs/generated/openapi.json', await openApi()),
    ...(await Promise.all(contractDocuments().map(([file, text]) => write(file, text)))),
    ...(await writeObservability()),
    ...(await writeReference()),
    await write('src/builder/generated/tool-types.ts', await builtInToolTypes()),
    await write('schema.graphql', await printedSchema()),
  ];
  const config = operationsConfig(codegenConfig);
  if (Object.keys(config.generates).length > 0) await generateOperations({ ...config, cwd: ROOT, silent: true }, true);
  return [...written, ...Object.keys(config.generates)];
}
