import type { z } from 'zod';
import { accessFaults } from './config/access-settings.ts';
import { memoryFaults } from './config/memory-settings.ts';
import { observabilityFaults } from './config/observability-settings.ts';
import { SETTINGS } from './config/settings.ts';
import type { Environment, Setting } from './config/setting.ts';
import { err, ok, type Result } from './core/result.ts';
import { policyFaults } from './sandbox/policy.ts';

export { SETTINGS } from './config/settings.ts';
export type { Environment } from './config/setting.ts';

/** One thing that is wrong with the settings. */
export interface Fault {
  readonly setting: string;
  readonly message: string;
}

type Values<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** All settings, parsed. */
export type Config = Values<typeof SETTINGS>;

const OWN_PREFIX = 'ICEOS_';
const known: ReadonlyMap<string, string> = new Map(
  Object.values(SETTINGS).map((setting) => [setting.name, setting.unit]),
);

/** Reads every setting from the environment; all faults at once, each with what to do. */
export function parseConfig(environment: Environment): Result<Config, readonly Fault[]> {
  const faults: Fault[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const counts = setting.counts?.(environment) ?? true;
    const raw = counts ? (environment[setting.name]?.trim() ?? '') : '';
    if (raw === '') {
      values[key] = setting.absent(environment);
      continue;
    }
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) values[key] = parsed.data;
    else faults.push(...parsed.error.issues.map((issue) => toFault(setting, issue)));
  }
  faults.push(...unknownSettings(environment));
  // The loop has filled in one value of the right type for each key of the list, which the compiler cannot see.
  return faults.length > 0 ? err(faults) : ok(values as Config);
}

function toFault(setting: Setting<unknown>, issue: z.core.$ZodIssue): Fault {
  const place = issue.path[0] === undefined ? '' : `, entry ${Number(issue.path[0]) + 1}`;
  // A form that the sentence says already is not said again.
  const unit = setting.unit === '' || setting.unit.includes('|') ? '' : ` (${setting.unit})`;
  return { setting: setting.name, message: `${setting.name}${place}: ${issue.message}${unit}.` };
}

function unknownSettings(environment: Environment): Fault[] {
  const names = Object.keys(environment).filter((name) => name.startsWith(OWN_PREFIX) && !known.has(name));
  return names.map((name) => ({
    setting: name,
    message: `${name}: there is no such setting. docs/settings.md lists them all.`,
  }));
}

/** What may be said only of a server: rules between settings. */
export function serveFaults(config: Config): readonly Fault[] {
  const faults: Fault[] = [];
  if (config.leaseMs < 2 * config.heartbeatMs + config.killGraceMs) {
    const message = `ICEOS_LEASE_MS: ${config.leaseMs} is too short. It must be at least twice ICEOS_HEARTBEAT_MS and ICEOS_KILL_GRACE_MS more (${2 * config.heartbeatMs + config.killGraceMs}), or a living process loses its executions.`;
    faults.push({ setting: 'ICEOS_LEASE_MS', message });
  }
  if (config.role !== 'all' && config.databaseUrl === undefined) {
    faults.push({
      setting: 'ICEOS_ROLE',
      message: `ICEOS_ROLE: ${config.role} needs DATABASE_URL, as the embedded database serves one process only.`,
    });
  }
  faults.push(...accessFaults(config), ...memoryFaults(config));
  const { sandbox: setting, host: listenerHost, otlpEndpoint, otlpProtocol, otlpTracesProtocol } = config;
  faults.push(...observabilityFaults({ otlpEndpoint, otlpProtocol, otlpTracesProtocol }));
  faults.push(...policyFaults({ ...config, setting, listenerHost }));
  return faults;
}
