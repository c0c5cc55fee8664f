import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { ACCESS } from './access-settings.ts';
import { AUDIT } from './audit-settings.ts';
import { API } from './api-settings.ts';
import { MEMORY } from './memory-settings.ts';
import { OBSERVABILITY } from './observability-settings.ts';
import { CONFINEMENT } from './confinement-settings.ts';
import { SECRETS } from './secret-settings.ts';
import { HOUR_MS, MINUTE_MS } from '../core/units.ts';
import {
  flag,
  Folder,
  HostAndPort,
  list,
  ms,
  number,
  oneOf,
  optional,
  Origin,
  text,
  url,
  type Described,
} from './setting.ts';

const workersByMachine = (): number => Math.min(16, Math.max(2, 2 * availableParallelism()));

const about =
  (group: string) =>
  (name: string, meaning: string): Described => ({ group, name, meaning });
const storage = about('Storage');
const server = about('Server');
const running = about('Running');
const sandbox = about('Sandbox');
const client = about('Command line');
const surroundings = about('Surroundings');

/** Every setting with its name, default, unit and meaning: the one list that parsing, docs/settings.md and .env.example follow. */
export const SETTINGS = {
  databaseUrl: optional(
    storage(
      'DATABASE_URL',
      'The Postgres server that keeps everything. Without it an embedded database in the data folder does; that one is safe against a killed process, not against power loss.',
    ),
    'postgres URL',
    url(/^postgres(ql)?:$/, 'must be a URL such as postgres://user:password@host:5432/database'),
  ),
  dataDir: {
    ...text(
      storage('ICEOS_DATA_DIR', 'Folder of the embedded database and of the first API key. One process at a time.'),
      '.iceos',
    ),
    schema: z.string().transform((value) => path.resolve(value)),
    absent: (): string => path.resolve('.iceos'),
  },
  host: text(
    server('ICEOS_HOST', 'Address that the server listens on; an orchestrator too, for probes and metrics alone.'),
    '127.0.0.1',
  ),
  port: number(
    server('ICEOS_PORT', 'Port that the server listens on; 0 takes a free one.'),
    { unit: 'port', min: 0, max: 65_535 },
    4000,
  ),
  allowedHosts: list(
    server(
      'ICEOS_ALLOWED_HOSTS',
      'Names that a Host header may carry besides the loopback names; others get 421, so that no web page reaches a server on localhost.',
    ),
    'names, by comma',
    z.string().toLowerCase(),
  ),
  allowedOrigins: list(
    server(
      'ICEOS_ALLOWED_ORIGINS',
      'Origins of web pages elsewhere that may read answers and open sockets. Pages of the allowed hosts may always open sockets.',
    ),
    'origins, by comma',
    Origin,
  ),
  role: oneOf(
    server('ICEOS_ROLE', 'What this process does: answer clients, carry executions forward, or both.'),
    ['all', 'gateway', 'orchestrator'],
    'all',
  ),
  logLevel: oneOf(
    server('ICEOS_LOG_LEVEL', 'Least level of the log lines on standard error.'),
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    'info',
  ),
  metricsToken: optional(
    server(
      'ICEOS_METRICS_TOKEN',
      'Bearer token that /metrics and /subscriptions ask for. Without it they answer connections from this machine alone, also those of a proxy on it.',
    ),
    'at least 16 characters',
    z.string().min(16),
  ),
  shutdownGraceMs: number(
    server('ICEOS_SHUTDOWN_GRACE_MS', 'How long running attempts may go on after SIGTERM before they are aborted.'),
    { ...ms, min: 0, max: HOUR_MS },
    10_000,
  ),
  heartbeatMs: number(
    running('ICEOS_HEARTBEAT_MS', 'How often a process renews its lease.'),
    { ...ms, min: 100, max: 5 * MINUTE_MS },
    2_000,
  ),
  leaseMs: number(
    running('ICEOS_LEASE_MS', 'How long a silent process keeps its executions before another takes them over.'),
    { ...ms, min: 1_000, max: HOUR_MS },
    8_000,
  ),
  maxRunningExecutions: number(
    running('ICEOS_MAX_RUNNING_EXECUTIONS', 'Executions that one process carries forward at once; the others wait.'),
    { unit: 'executions', min: 1, max: 100_000 },
    1_000,
  ),
  pureNodes: oneOf(
    running(
      'ICEOS_PURE_NODES',
      'commit: each outcome is durable before what depends on it starts. ride: nodes without effects between two effects are written together, faster.',
    ),
    ['commit', 'ride'],
    'commit',
  ),
  sandbox: oneOf(
    sandbox(
      'ICEOS_SANDBOX',
      'What must confine tools and code. confined takes the strongest layer that the machine has, and refuses to start below ICEOS_SANDBOX_LEAST_LAYER. best-available takes less too, down to nothing, and says what it got; development confines nothing. These two run on a loopback listener only, never with NODE_ENV=production.',
    ),
    ['confined', 'best-available', 'development'],
    'confined',
  ),
  ...CONFINEMENT,
  maxWorkers: {
    ...number(
      sandbox('ICEOS_MAX_WORKERS', 'Worker processes at once; further calls queue.'),
      { unit: 'processes', min: 1, max: 1_024 },
      2,
    ),
    shown: 'twice the processors, 2 to 16',
    absent: workersByMachine,
  },
  warmWorkers: number(
    sandbox('ICEOS_WARM_WORKERS', 'Idle workers that are kept ready; each costs about 40 MB.'),
    { unit: 'processes', min: 0, max: 256 },
    2,
  ),
  killGraceMs: number(
    sandbox(
      'ICEOS_KILL_GRACE_MS',
      'How long before the end of its lease a process that could not renew it aborts its attempts, so that they are dead when another takes over.',
    ),
    { ...ms, min: 0, max: MINUTE_MS },
    1_000,
  ),
  configFile: {
    ...optional(
      running(
        'ICEOS_CONFIG',
        'TypeScript or JavaScript file with providers and models. Default: iceos.config.ts (.mts, .js, .mjs) in the working directory, where there is one.',
      ),
      'path',
      z.string(),
    ),
    schema: z.string().transform((value) => path.resolve(value)),
  },
  toolsDir: {
    ...optional(
      sandbox('ICEOS_TOOLS_DIR', 'Folder with tools of your own, each a folder with its tool.json.'),
      'path',
      z.string(),
    ),
    schema: z.string().transform((value) => path.resolve(value)),
  },
  folders: list(
    sandbox('ICEOS_FOLDERS', 'Folders that policies may allow tools to read, under the name that a blueprint uses.'),
    'name=path, by comma',
    Folder,
  ),
  secretsFile: {
    ...optional(
      sandbox(
        'ICEOS_SECRETS_FILE',
        "YAML or JSON file with the values of secrets by name, for the installation's own tenant; stored secrets go before it. Only its owner may read it (chmod 600).",
      ),
      'path',
      z.string(),
    ),
    schema: z.string().transform((value) => path.resolve(value)),
  },
  egressPrivateHosts: list(
    sandbox(
      'ICEOS_EGRESS_PRIVATE_HOSTS',
      'Hosts that a policy may allow although their address is not a public one. Public hosts need the policy alone.',
    ),
    'host:port, by comma',
    HostAndPort,
  ),
  ...MEMORY,
  ...ACCESS,
  ...OBSERVABILITY,
  ...AUDIT,
  ...SECRETS,
  ...API,
  url: {
    ...text(client('ICEOS_URL', 'The server that the client commands speak to.'), 'http://127.0.0.1:4000'),
    schema: url(/^https?:$/, 'must be a URL such as http://127.0.0.1:4000'),
  },
  apiKey: optional(
    client('ICEOS_API_KEY', 'API key of the client commands. Without it they read the file `key` in the data folder.'),
    'ice_...',
    z.string(),
  ),
  noColor: {
    ...flag(client('NO_COLOR', 'Any value: no colours (https://no-color.org).'), 'off', () => false),
    unit: 'any value',
    schema: z.string().transform(() => true),
  },
  continuousIntegration: {
    ...flag(surroundings('CI', 'Any value but 0, false, off and no: the demo ends by itself.'), 'off', () => false),
    unit: 'any value',
    // Not ours: each service writes what it likes, such as its own name.
    schema: z.string().transform((value) => !/^(0|false|off|no)$/i.test(value)),
  },
  nodeEnv: text(
    surroundings(
      'NODE_ENV',
      'production: only ICEOS_SANDBOX=confined runs, no first API key is made by itself, and playground and introspection are off by default.',
    ),
    'development',
  ),
};
