import { buildSchema, getNamedType, isInputObjectType, isInterfaceType, isObjectType, isUnionType } from 'graphql';
import path from 'node:path';

/** The texts of the repository by their paths. */
export type Texts = ReadonlyMap<string, string>;

/** What the code declares; the names are those by which code speaks of it. */
export interface Declared {
  readonly settings: readonly string[];
  readonly metrics: readonly string[];
  /** Types of the messages between server and worker. */
  readonly messages: readonly string[];
}

const below = (texts: Texts, wanted: (file: string) => boolean): string =>
  [...texts]
    .filter(([file]) => wanted(file))
    .map(([, text]) => text)
    .join('\n');

const hasWord = (text: string, word: string): boolean => new RegExp(String.raw`\b${word}\b`).test(text);

/** Settings that are parsed, and then nobody asks for. */
export function settingFaults(texts: Texts, settings: readonly string[]): readonly string[] {
  // The demo is a program for users too.
  const reads = /^(src\/(?!config[./])|scripts\/demo)/;
  const code = below(texts, (file) => reads.test(file));
  const rules = below(texts, (file) => file === 'src/config.ts');
  return settings
    .filter((name) => !hasWord(code, name) && !hasWord(rules, name))
    .map((name) => `The setting ${name} is read by no code: operators set it in vain. Use it, or take it out.`);
}

/** Metrics that are declared, and that no code sets: in quotes, as `metrics.add('executionsStarted')` has them. */
export function metricFaults(texts: Texts, metrics: readonly string[]): readonly string[] {
  const declares = /^src\/telemetry\/(metric-name|[a-z]+-metrics|alert-causes|objectives|promql)\.ts$/;
  const code = below(texts, (file) => file.startsWith('src/') && !declares.test(file));
  return metrics
    .filter((name) => !code.includes(`'${name}'`) && !code.includes(`.${name}`))
    .map((name) => `The metric ${name} is set by no code: dashboards show a zero. Set it, or take it out.`);
}

/** Messages of the protocol that neither side makes. */
export function messageFaults(texts: Texts, messages: readonly string[]): readonly string[] {
  const code = below(texts, (file) => /^src\/(protocol|sandbox|worker)\//.test(file) && !file.endsWith('messages.ts'));
  return messages
    .filter((type) => !code.includes(`type: '${type}'`))
    .map((type) => `The message ${type} of the protocol of workers is sent by nobody. Send it, or take it out.`);
}

/** Types of the schema that no operation can reach. */
export function schemaFaults(sdl: string): readonly string[] {
  const schema = buildSchema(sdl);
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const reached = new Set<string>();
  const waiting = roots.flatMap((root) => (root ? [root.name] : []));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const type = schema.getType(name);
    if (isUnionType(type)) waiting.push(...type.getTypes().map((member) => member.name));
    if (isInterfaceType(type)) waiting.push(...schema.getPossibleTypes(type).map((member) => member.name));
    if (isObjectType(type) || isInterfaceType(type)) {
      waiting.push(...type.getInterfaces().map((one) => one.name));
      for (const field of Object.values(type.getFields())) {
        waiting.push(getNamedType(field.type).name, ...field.args.map((one) => getNamedType(one.type).name));
      }
    }
    if (isInputObjectType(type)) {
      waiting.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type).name));
    }
  }
  const builtIn = /^(__|(String|Int|Float|Boolean|ID)$)/;
  return Object.keys(schema.getTypeMap())
    .filter((name) => !reached.has(name) && !builtIn.test(name))
    .map((name) => `The type ${name} of schema.graphql is reached by no operation. Use it in a field, or take it out.`);
}

/** Pages of the documentation that nothing leads to, and scripts that nothing starts. */
export function unnamedFaults(texts: Texts): readonly string[] {
  const isNamedBy = (file: string, by: (other: string) => boolean, name: string): boolean =>
    [...texts].some(([other, text]) => other !== file && by(other) && text.includes(name));
  const isPage = (file: string): boolean => /^docs\/.*\.md$/.test(file);
  const isScript = (file: string): boolean => /^scripts\/[^/]+\.ts$/.test(file);
  const leads = (file: string): boolean => /\.(md|yml)$/.test(file);
  const starts = (file: string): boolean => /^(scripts|test|bench|\.ci|\.github)\/|^[^/]+\.(json|ts)$/.test(file);
  const files = [...texts.keys()];
  return [
    ...files
      .filter((file) => isPage(file) && !isNamedBy(file, leads, path.basename(file)))
      .map((file) => `${file} is linked from nowhere: readers do not find it. Link it, or take it out.`),
    ...files
      .filter((file) => isScript(file) && !isNamedBy(file, starts, path.basename(file)))
      .map((file) => `${file} is started and imported by nothing. Name it in package.json or .ci, or take it out.`),
  ];
}

/** Migrations that are not in the journal, so that no database gets them. */
export function migrationFaults(files: readonly string[], journal: string): readonly string[] {
  return files
    .filter((file) => /^migrations\/[^/]+\.sql$/.test(file))
    .map((file) => path.basename(file, '.sql'))
    .filter((tag) => !journal.includes(`"${tag}"`))
    .map((tag) => `migrations/${tag}.sql is not in migrations/meta/_journal.json: no database gets it.`);
}

/** All of it. */
export function deadCodeFaults(texts: Texts, { settings, metrics, messages }: Declared): readonly string[] {
  return [
    ...settingFaults(texts, settings),
    ...metricFaults(texts, metrics),
    ...messageFaults(texts, messages),
    ...schemaFaults(texts.get('schema.graphql') ?? 'type Query { none: Int }'),
    ...unnamedFaults(texts),
    ...migrationFaults([...texts.keys()], texts.get('migrations/meta/_journal.json') ?? ''),
  ];
}
