import { access, constants, mkdir } from 'node:fs/promises';
import type { Finding } from '../cli/cli-deps.ts';
import { serveFaults } from '../config.ts';
import type { Config } from '../config.ts';
import { missingMigrations } from '../store/schema-version.ts';
import { examineTenantWall } from '../store/tenant-wall.ts';
import { readAuditKey } from './audit-key.ts';
import { examineSandbox } from './doctor-sandbox.ts';
import type { InstallationPaths } from './installation.ts';
import { openRegistry } from './open-registry.ts';
import { readMasterKeys } from './read-master-keys.ts';

const LEAST_NODE = [20, 19] as const;

/** Looks at what a server on this machine would need, without starting one. */
export async function examine(config: Config, paths: InstallationPaths): Promise<readonly Finding[]> {
  return [
    node(),
    settings(config),
    await bundles(paths),
    await tools(config, paths),
    await database(config, paths),
    ...(await tenants(config)),
    await auditSeals(config),
    await masterKey(config),
    ...(await examineSandbox(config, paths)),
  ];
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return {
    name: 'Node',
    ok,
    message: `${process.version}; ${ok ? 'supported' : `needs ${LEAST_NODE.join('.')} or newer`}`,
  };
}

function settings(config: Config): Finding {
  const faults = serveFaults(config);
  const message = faults.length === 0 ? 'all readable' : faults.map((fault) => fault.message).join('\n');
  return { name: 'Settings', ok: faults.length === 0, message };
}

async function bundles({ worker, databaseThread, embeddingThread }: InstallationPaths): Promise<Finding> {
  try {
    await Promise.all([worker, databaseThread, embeddingThread].map((file) => access(file, constants.R_OK)));
    return { name: 'Bundles', ok: true, message: 'worker, embedded database and local embeddings are built' };
  } catch {
    return {
      name: 'Bundles',
      ok: false,
      message: 'worker, embedded database or local embeddings are not built; run npm run build',
    };
  }
}

async function auditSeals({ auditKeyFile }: Config): Promise<Finding> {
  const name = 'Audit seals';
  try {
    if ((await readAuditKey(auditKeyFile)) !== undefined) return { name, ok: true, message: `key in ${auditKeyFile}` };
    const message = 'off: the audit log is kept, but nothing shows when somebody changes it; set ICEOS_AUDIT_KEY_FILE';
    return { name, ok: false, optional: true, message };
  } catch (error) {
    return { name, ok: false, message: messageOf(error) };
  }
}

async function masterKey(config: Config): Promise<Finding> {
  const name = 'Secrets';
  try {
    const keys = await readMasterKeys(config);
    if (keys !== undefined) return { name, ok: true, message: `master key ${keys.current.id}` };
    if (config.databaseUrl === undefined) return { name, ok: true, message: 'a server makes the master key' };
    const message = 'off: tenants can set no secrets without a master key; set ICEOS_SECRET_KEY_FILE';
    return { name, ok: false, optional: true, message };
  } catch (error) {
    return { name, ok: false, message: messageOf(error) };
  }
}

async function tools(config: Config, paths: InstallationPaths): Promise<Finding> {
  try {
    const { registry } = await openRegistry(paths, config);
    return {
      name: 'Tools',
      ok: true,
      message: registry
        .listTools()
        .map(({ name }) => name)
        .join(', '),
    };
  } catch (error) {
    return { name: 'Tools', ok: false, message: messageOf(error) };
  }
}

async function database(config: Config, paths: InstallationPaths): Promise<Finding> {
  if (config.databaseUrl === undefined) return dataFolder(config.dataDir);
  try {
    const missing = await missingMigrations(config.databaseUrl, paths.migrations);
    const schema = missing === 0 ? 'its schema is up to date' : 'a server brings its schema up to date when it starts';
    return { name: 'Database', ok: true, message: `Postgres answers, ${schema}` };
  } catch (error) {
    return { name: 'Database', ok: false, message: `Postgres at DATABASE_URL: ${messageOf(error)}` };
  }
}

/** Nothing where no server answers, of which the line above speaks; the embedded database has both roles by itself. */
async function tenants({ databaseUrl }: Config): Promise<readonly Finding[]> {
  if (databaseUrl === undefined) return [];
  try {
    const { holds, message } = await examineTenantWall(databaseUrl);
    return [{ name: 'Tenants', ok: holds, message }];
  } catch {
    return [];
  }
}

async function dataFolder(dataDir: string): Promise<Finding> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
    return { name: 'Database', ok: true, message: `embedded, in ${dataDir}; set DATABASE_URL to use Postgres` };
  } catch (error) {
    return {
      name: 'Database',
      ok: false,
      message: `${dataDir} cannot be written (ICEOS_DATA_DIR): ${messageOf(error)}`,
    };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
