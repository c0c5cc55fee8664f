import { Client } from 'pg';
import { readRoles, roleFaultOf } from './roles.ts';

const PATIENCE_MS = 2_000;

/** Whether row-level security holds on a server, and what of it the operator should know. */
export interface TenantWall {
  readonly holds: boolean;
  readonly message: string;
}

const LOGIN = `select current_user as login, r.rolsuper or r.rolbypassrls as bypasses,
    r.rolsuper or r.rolcreaterole as makes,
    array(select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace
      and not (c.relrowsecurity and c.relforcerowsecurity) and exists (select from pg_policy p where p.polrelid = c.oid)
      order by 1) as open
  from pg_roles r where r.rolname = current_user`;

interface LoginRow {
  readonly login: string;
  readonly bypasses: boolean;
  /** It may make the roles itself. */
  readonly makes: boolean;
  /** Tables on which somebody has switched it off. */
  readonly open: readonly string[];
}

/** Looks at the roles and tables of a server, and changes nothing. Rejects when it does not answer. */
export async function examineTenantWall(url: string): Promise<TenantWall> {
  const client = new Client({
    connectionString: url,
    application_name: 'iceos doctor',
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<LoginRow>(LOGIN);
    const [login] = rows;
    if (login === undefined) throw new Error('The login has no role.');
    return wallOf(login, roleFaultOf(await readRoles(client)));
  } finally {
    await client.end().catch(() => undefined);
  }
}

function wallOf({ login, bypasses, makes, open }: LoginRow, fault: string | undefined): TenantWall {
  if (open.length > 0) {
    const remedies = open.map((table) => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`);
    return { holds: false, message: `row-level security is off on ${open.join(', ')}. Run: ${remedies.join(' ')}` };
  }
  if (fault !== undefined && !makes) return { holds: false, message: fault };
  const said =
    fault === undefined
      ? 'statements run as iceos_gateway and iceos_orchestrator, whom row-level security holds'
      : 'a server makes its two roles when it starts';
  if (!bypasses) return { holds: true, message: said };
  return { holds: true, message: `${said}; the login "${login}" itself bypasses it: an ordinary one is enough` };
}
