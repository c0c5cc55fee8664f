import type { ClientBase } from 'pg';
import { sqlState } from './unavailable.ts';

/** What every connection but that of migrations runs as. Statements of one tenant run as `iceos_gateway` (tenant-query.ts). */
export const ORCHESTRATOR_ROLE = 'iceos_orchestrator';
const GATEWAY_ROLE = 'iceos_gateway';

/** Takes on the orchestrator's role for as long as the connection lasts. */
export const TAKE_ROLE = `set role ${ORCHESTRATOR_ROLE}`;

/** The server does not let the login keep tenants apart; the message says what its administrator has to do. */
export class TenantRolesError extends Error {
  override readonly name = 'TenantRolesError';
}

type RolesClient = Pick<ClientBase, 'query'>;

export interface RoleRow {
  readonly name: string;
  readonly login: string;
  readonly there: boolean;
  readonly usable: boolean;
  readonly bypasses: boolean;
  /** Since Postgres 16 a membership says whether its rights come by themselves. */
  readonly grades: boolean;
}

const ROLES = `select w.name, current_user as login, r.oid is not null as there, v.grades,
    coalesce(pg_has_role(current_user, r.oid, case when v.grades then 'SET' else 'MEMBER' end), false) as usable,
    coalesce(r.rolsuper or r.rolbypassrls, false) as bypasses
  from (select current_setting('server_version_num')::int >= 160000 as grades) v
  cross join unnest($1::text[]) as w(name) left join pg_roles r on r.rolname = w.name order by w.name`;

export async function readRoles(client: RolesClient): Promise<readonly RoleRow[]> {
  const { rows } = await client.query<RoleRow>(ROLES, [[GATEWAY_ROLE, ORCHESTRATOR_ROLE]]);
  return rows;
}

/**
 * Makes the roles that the server lacks, and lets the login take them on. They are the server's and not the database's:
 * a restored database needs them anew, and others may be making them at this moment.
 */
export async function ensureRoles(client: RolesClient): Promise<void> {
  const before = await readRoles(client);
  for (const { name, there } of before) if (!there) await attempt(client, `create role ${name} nologin nobypassrls`);
  for (const { name, usable, grades } of await readRoles(client)) {
    if (!usable) await attempt(client, `grant ${name} to current_user${how(grades)}`);
  }
  const fault = roleFaultOf(await readRoles(client));
  if (fault !== undefined) throw new TenantRolesError(fault);
}

/** The login itself gets nothing by it, where the server can tell that apart. */
const how = (grades: boolean): string => (grades ? ' WITH INHERIT FALSE, SET TRUE' : '');

// There by now; not there; not allowed; changed by two at once. What is missing still is found by looking again.
const PASSED_OVER: ReadonlySet<string | undefined> = new Set(['42710', '23505', '42704', '42501', 'XX000']);

async function attempt(client: RolesClient, statement: string): Promise<void> {
  try {
    await client.query(statement);
  } catch (error) {
    if (!PASSED_OVER.has(sqlState(error))) throw error;
  }
}

/** Why statements could not run as the roles that keep tenants apart, with what to do; undefined: they can. */
export function roleFaultOf(rows: readonly RoleRow[]): string | undefined {
  const missing = rows.filter(({ there }) => !there);
  const unusable = rows.filter(({ there, usable }) => there && !usable);
  const bypassing = rows.filter(({ bypasses }) => bypasses);
  const remedies = [
    ...missing.map(({ name }) => `CREATE ROLE ${name} NOLOGIN;`),
    ...[...missing, ...unusable].map(({ name, login, grades }) => `GRANT ${name} TO "${login}"${how(grades)};`),
    ...bypassing.map(({ name }) => `ALTER ROLE ${name} NOSUPERUSER NOBYPASSRLS;`),
  ];
  if (remedies.length === 0) return undefined;
  const faults = [
    ...missing.map(({ name, login }) => `the server has no role ${name}, and "${login}" may not make it`),
    ...unusable.map(({ name, login }) => `"${login}" may not take on the role ${name}`),
    ...bypassing.map(({ name }) => `the role ${name} bypasses row-level security`),
  ];
  return `Tenants cannot be kept apart: ${faults.join('; ')}. As an administrator of the server, run: ${remedies.join(' ')}`;
}
