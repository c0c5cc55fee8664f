import { z } from 'zod';
import type { TenantId } from '../../src/core/ids.ts';
import type { Database } from '../../src/store/database.ts';
import type { Query } from '../../src/store/session.ts';
import { sqlState } from '../../src/store/unavailable.ts';

const Table = z.object({
  name: z.string(),
  forced: z.boolean(),
  hasTenant: z.boolean(),
  /** Roles that have a policy. */
  held: z.array(z.string()),
  /** What the gateway's role may do. */
  rights: z.array(z.string()),
});
export type Table = z.infer<typeof Table>;

const TABLES = `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant') as "hasTenant",
    array(select distinct coalesce(r.rolname::text, 'public') from pg_policy p cross join unnest(p.polroles) as named(role)
      left join pg_roles r on r.oid = named.role where p.polrelid = c.oid order by 1) as held,
    array(select right_name from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) right_name
      where has_table_privilege('iceos_gateway', c.oid, right_name)) as rights
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'm', 'f') order by 1`;

/** All tables that there are. */
export async function readTables(query: Query): Promise<readonly Table[]> {
  return z.array(Table).parse((await query({ text: TABLES })).rows);
}

const Column = z.object({ name: z.string(), type: z.string() });

/** Some value of each type; a new type in a table has to be put here. */
const VALUES: Readonly<Record<string, string>> = {
  uuid: 'gen_random_uuid()',
  varchar: `left(gen_random_uuid()::text, 8)`,
  text: "'{}'",
  int2: '1',
  int4: '1',
  int8: '1',
  float8: '1',
  bool: 'false',
  bytea: `decode(md5(gen_random_uuid()::text), 'hex')`,
  jsonb: "'{}'",
  timestamptz: 'now()',
  _varchar: "'{}'",
  _text: "'{}'",
  _float4: "'{1}'",
};

/** The statement that puts some row of a tenant into a table, whatever its columns are. */
export async function insertOf(query: Query, table: string, tenant: TenantId): Promise<string> {
  const { rows } = await query({
    text: `select column_name as name, udt_name as type from information_schema.columns
      where table_schema = 'public' and table_name = $1 and is_identity = 'NO' and is_nullable = 'NO' order by ordinal_position`,
    values: [table],
  });
  const columns = z.array(Column).parse(rows);
  const values = columns.map(({ name, type }) => {
    const value = name === 'tenant' ? `'${tenant}'` : VALUES[type];
    if (value === undefined) throw new Error(`Say in VALUES what a ${type} may be, for ${table}.${name}.`);
    return value;
  });
  return `insert into ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${values.join(', ')})`;
}

/** One row of each tenant in each table that has a tenant, whatever other table it should belong to. */
export async function fillTables(query: Query, tables: readonly Table[], tenants: readonly TenantId[]): Promise<void> {
  for (const { name } of tables.filter(({ hasTenant }) => hasTenant)) {
    for (const tenant of tenants) {
      const insert = await insertOf(query, name, tenant);
      await query({ text: `set local session_replication_role = replica; ${insert}` });
    }
  }
}

/** Rows that a statement gave or changed; undefined: it was refused, for want of a right or by a policy. */
export async function countOf({ query }: Pick<Database, 'query'>, text: string): Promise<number | undefined> {
  try {
    const { rowCount } = await query({ text });
    return rowCount ?? 0;
  } catch (error) {
    const state = sqlState(error);
    if (state === '42501') return undefined;
    // Let through by the policy, and stopped by a key that has no row to point to.
    if (state === '23503') return 1;
    throw error;
  }
}
