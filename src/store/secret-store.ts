import { and, asc, count, desc, eq, gt, inArray, lt } from 'drizzle-orm';
import type { AuditEntry } from '../core/audit.ts';
import type { Sealed } from '../core/envelope.ts';
import type { TenantId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { SecretPlace, WrappedDataKey } from '../core/secret-vault.ts';
import { toAuditRow } from './audit-rows.ts';
import { auditLog } from './audit-tables.ts';
import { dataKeysOf, insertDataKey, lockSecretsOf, toDataKey, type Statements } from './data-key-rows.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { secrets, tenantDataKeys } from './secret-tables.ts';

/** What is known of a secret without opening it. */
export interface SecretRecord {
  readonly name: string;
  /** 1 when it is made, and raised by each change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly updatedBy: string;
}

/** A secret as it is kept, with what opens it. */
export interface SealedSecret {
  readonly place: SecretPlace;
  readonly sealed: Sealed;
  readonly dataKey: WrappedDataKey;
}

export type SecretChangeAnswer =
  | { readonly type: 'done'; readonly record: SecretRecord }
  /** Somebody else changed it first; undefined: there is none of that name. */
  | { readonly type: 'stale'; readonly current: SecretRecord | undefined }
  | { readonly type: 'full' };

export interface SetSecretRequest extends Pick<SecretPlace, 'tenant' | 'name'> {
  /** 0: there must be none of that name. */
  readonly expectedVersion: number;
  readonly maxSecrets: number;
  readonly at: number;
  readonly by: string;
  readonly audit: AuditEntry;
  /** For the tenant's first secret. */
  readonly newDataKey: () => WrappedDataKey;
  readonly seal: (place: SecretPlace, dataKey: WrappedDataKey) => Result<Sealed, string>;
}

/** Secrets of the tenants. Only sealed values come in and go out. */
export interface SecretStore {
  /** By name. */
  list(tenant: TenantId, page: PageArguments<string>): Promise<Page<SecretRecord>>;
  getMany(tenant: TenantId, names: readonly string[]): Promise<readonly (SecretRecord | undefined)[]>;
  /** Those of the names that there are, with their values. */
  read(tenant: TenantId, names: readonly string[]): Promise<readonly SealedSecret[]>;
  /** Checks the version, seals and writes in one transaction; the sentence of a failure is that of `seal`. */
  set(request: SetSecretRequest): Promise<Result<SecretChangeAnswer, string>>;
  /** Deletes the secret at that version. The tenant's last secret takes the data keys with it. */
  remove(request: {
    readonly tenant: TenantId;
    readonly name: string;
    readonly expectedVersion: number;
    readonly audit: AuditEntry;
  }): Promise<Exclude<SecretChangeAnswer, { readonly type: 'full' }>>;
}

const RECORD = {
  name: secrets.name,
  version: secrets.version,
  createdAt: secrets.createdAt,
  updatedAt: secrets.updatedAt,
  updatedBy: secrets.updatedBy,
};
type RecordRow = Pick<typeof secrets.$inferSelect, keyof typeof RECORD>;

const toRecord = ({ createdAt, updatedAt, ...rest }: RecordRow): SecretRecord => ({
  ...rest,
  createdAt: createdAt.getTime(),
  updatedAt: updatedAt.getTime(),
});

const oneOf = (tenant: TenantId, name: string) => and(eq(secrets.tenant, tenant), eq(secrets.name, name));

async function findRecord(
  statements: Statements,
  { tenant, name }: Pick<SecretPlace, 'tenant' | 'name'>,
): Promise<SecretRecord | undefined> {
  const rows = await statements.select(RECORD).from(secrets).where(oneOf(tenant, name));
  return rows.map(toRecord)[0];
}

export function createSecretStore({ database }: { readonly database: Pick<Database, 'of'> }): SecretStore {
  const { of } = database;
  return {
    ...createReads(of),
    set: (request) =>
      of(request.tenant).use((tables) => tables.transaction((transaction) => set(transaction, request))),
    remove: ({ tenant, name, expectedVersion, audit }) =>
      of(tenant).use((tables) =>
        tables.transaction(async (transaction) => {
          await lockSecretsOf(transaction, tenant);
          const current = await findRecord(transaction, { tenant, name });
          if (current?.version !== expectedVersion) return { type: 'stale', current };
          await transaction.delete(secrets).where(oneOf(tenant, name));
          const ofTenant = eq(secrets.tenant, tenant);
          const left = await transaction.select({ name: secrets.name }).from(secrets).where(ofTenant).limit(1);
          if (left.length === 0) await transaction.delete(tenantDataKeys).where(eq(tenantDataKeys.tenant, tenant));
          await transaction.insert(auditLog).values(toAuditRow(audit));
          return { type: 'done', record: current };
        }),
      ),
  };
}

const createReads = (of: Database['of']): Pick<SecretStore, 'list' | 'getMany' | 'read'> => ({
  async list(tenant, page) {
    const { name } = secrets;
    const after = page.after === undefined ? undefined : gt(name, page.after);
    const before = page.before === undefined ? undefined : lt(name, page.before);
    const order = page.direction === 'forward' ? asc(name) : desc(name);
    const ours = and(eq(secrets.tenant, tenant), after, before);
    const rows = await of(tenant).use((tables) =>
      tables.select(RECORD).from(secrets).where(ours).orderBy(order).limit(rowLimit(page)),
    );
    return toPage(rows.map(toRecord), page);
  },
  async getMany(tenant, names) {
    const ours = and(eq(secrets.tenant, tenant), inArray(secrets.name, [...names]));
    const rows = await of(tenant).use((tables) => tables.select(RECORD).from(secrets).where(ours));
    const records = new Map(rows.map((row) => [row.name, toRecord(row)]));
    return names.map((name) => records.get(name));
  },
  async read(tenant, names) {
    const ours = and(eq(secrets.tenant, tenant), inArray(secrets.name, [...names]));
    const ofKey = and(eq(tenantDataKeys.tenant, secrets.tenant), eq(tenantDataKeys.id, secrets.dataKeyId));
    const rows = await of(tenant).use((tables) =>
      tables.select().from(secrets).innerJoin(tenantDataKeys, ofKey).where(ours),
    );
    return rows.map(({ secrets: { name, version, nonce, ciphertext }, tenant_data_keys: key }) => ({
      place: { tenant, name, version },
      sealed: { nonce, ciphertext },
      dataKey: toDataKey(key),
    }));
  },
});

async function set(transaction: Statements, request: SetSecretRequest): Promise<Result<SecretChangeAnswer, string>> {
  const { tenant, name, expectedVersion, maxSecrets, at, by: updatedBy } = request;
  await lockSecretsOf(transaction, tenant);
  const current = await findRecord(transaction, request);
  if ((current?.version ?? 0) !== expectedVersion) return ok({ type: 'stale', current });
  if (current === undefined) {
    const ofTenant = eq(secrets.tenant, tenant);
    const [counted] = await transaction.select({ secrets: count() }).from(secrets).where(ofTenant);
    if ((counted?.secrets ?? 0) >= maxSecrets) return ok({ type: 'full' });
  }
  const [known] = await dataKeysOf(transaction, tenant);
  const dataKey = known === undefined ? request.newDataKey() : toDataKey(known);
  const version = expectedVersion + 1;
  const sealed = request.seal({ tenant, name, version }, dataKey);
  // Nothing was written yet.
  if (!sealed.ok) return err(sealed.error);
  if (known === undefined) await insertDataKey(transaction, dataKey, { number: 1, at });
  const updatedAt = new Date(at);
  const changed = { version, dataKeyId: dataKey.id, ...sealed.value, updatedAt, updatedBy };
  if (current === undefined)
    await transaction.insert(secrets).values({ tenant, name, ...changed, createdAt: updatedAt });
  else await transaction.update(secrets).set(changed).where(oneOf(tenant, name));
  await transaction.insert(auditLog).values(toAuditRow(request.audit));
  return ok({ type: 'done', record: { name, version, createdAt: current?.createdAt ?? at, updatedAt: at, updatedBy } });
}
