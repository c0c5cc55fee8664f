import { Blueprint } from '../blueprint/blueprint.ts';
import { JsonValue } from '../blueprint/json-value.ts';
import {
  BLUEPRINT_COLUMNS,
  REVISION_COLUMNS,
  toBlueprintRecord,
  toRevisionRecord,
  type BlueprintRow,
  type RevisionRow,
} from './blueprint-rows.ts';
import type { BlueprintStore } from './blueprint-store.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage } from './page.ts';
import { createParameters } from './parameters.ts';

/** What of the blueprint store only reads. */
export type BlueprintReads = Omit<BlueprintStore, 'insert' | 'change' | 'setLayout'>;

export function createBlueprintReads({ of }: Pick<Database, 'of'>): BlueprintReads {
  return {
    ...createListReads({ of }),
    async getMany(tenant, ids) {
      const { rows } = await of(tenant).query<BlueprintRow>({
        name: 'iceos_get_blueprints',
        text: `select ${BLUEPRINT_COLUMNS} from blueprints b where b.tenant = $1 and b.id = any($2::uuid[])`,
        values: [tenant, ids],
      });
      const records = new Map(rows.map((row) => [row.id, toBlueprintRecord(row)]));
      return ids.map((id) => records.get(id));
    },
    async findByName(tenant, name) {
      const { rows } = await of(tenant).query<BlueprintRow>({
        name: 'iceos_find_blueprint',
        text: `select ${BLUEPRINT_COLUMNS} from blueprints b
          where b.tenant = $1 and b.name = $2 and b.deleted_at is null`,
        values: [tenant, name],
      });
      return rows.map(toBlueprintRecord)[0];
    },
    async getRevisions(tenant, keys) {
      const { rows } = await of(tenant).query<RevisionRow>({
        name: 'iceos_get_revisions',
        text: `select ${REVISION_COLUMNS} from unnest($2::uuid[], $3::int4[]) as k(blueprint_id, version)
          join blueprint_revisions r on r.tenant = $1 and r.blueprint_id = k.blueprint_id and r.version = k.version`,
        values: [tenant, keys.map(({ id }) => id), keys.map(({ version }) => version)],
      });
      const keyOf = (id: string, version: number): string => `${id} ${version}`;
      const records = new Map(rows.map((row) => [keyOf(row.blueprint_id, row.version), toRevisionRecord(row)]));
      return keys.map(({ id, version }) => records.get(keyOf(id, version)));
    },
    async getContents(tenant, fingerprints) {
      const { rows } = await of(tenant).query<{ readonly fingerprint: string; readonly document: string }>({
        name: 'iceos_get_contents',
        text: `select fingerprint, document from blueprint_contents
          where tenant = $1 and fingerprint = any($2::varchar[])`,
        values: [tenant, fingerprints],
      });
      const documents = new Map(rows.map((row) => [row.fingerprint, Blueprint.parse(JSON.parse(row.document))]));
      return fingerprints.map((fingerprint) => documents.get(fingerprint));
    },
    async getLayout(tenant, id) {
      const { rows } = await of(tenant).query<{ readonly layout: string }>({
        name: 'iceos_get_layout',
        text: 'select layout from blueprint_layouts where tenant = $1 and blueprint_id = $2',
        values: [tenant, id],
      });
      const [row] = rows;
      return row && JsonValue.parse(JSON.parse(row.layout));
    },
  };
}

function createListReads({ of }: Pick<Database, 'of'>): Pick<BlueprintStore, 'list' | 'listRevisions'> {
  return {
    async list(tenant, { archived, nameContains }, page) {
      const order = page.direction === 'forward' ? 'asc' : 'desc';
      const { values, add } = createParameters();
      const where = [`b.tenant = ${add(tenant)}`, 'b.deleted_at is null'];
      if (!archived) where.push('b.archived_at is null');
      if (nameContains !== undefined) where.push(`strpos(lower(b.name), lower(${add(nameContains)})) > 0`);
      if (page.after !== undefined) where.push(`b.name > ${add(page.after)}`);
      if (page.before !== undefined) where.push(`b.name < ${add(page.before)}`);
      const { rows } = await of(tenant).query<BlueprintRow>({
        text: `select ${BLUEPRINT_COLUMNS} from blueprints b where ${where.join(' and ')}
          order by b.name ${order} limit ${add(rowLimit(page))}`,
        values: [...values],
      });
      return toPage(rows.map(toBlueprintRecord), page);
    },
    async listRevisions(tenant, id, page) {
      const order = page.direction === 'forward' ? 'desc' : 'asc';
      const { values, add } = createParameters();
      const where = [`r.tenant = ${add(tenant)}`, `r.blueprint_id = ${add(id)}`];
      if (page.after !== undefined) where.push(`r.version < ${add(page.after)}`);
      if (page.before !== undefined) where.push(`r.version > ${add(page.before)}`);
      const { rows } = await of(tenant).query<RevisionRow>({
        text: `select ${REVISION_COLUMNS} from blueprint_revisions r where ${where.join(' and ')}
          order by r.version ${order} limit ${add(rowLimit(page))}`,
        values: [...values],
      });
      return toPage(rows.map(toRevisionRecord), page);
    },
  };
}
