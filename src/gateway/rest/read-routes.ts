import { BlueprintName } from '../../blueprint/blueprint.ts';
import { formatBlueprint } from '../../blueprint/yaml.ts';
import type { BlueprintRecord } from '../../blueprint/records.ts';
import { MAX_PAGE_SIZE, textCursors, toConnection, toPageArguments } from '../connection.ts';
import { encodeGlobalId } from '../global-id.ts';
import { toBlueprintId } from '../schema/ids.ts';
import { searchedText } from '../searched-text.ts';
import { JSON_TYPE, YAML_TYPE, jsonBody, type Answer } from './answer.ts';
import { noBlueprint, toSummary } from './failure.ts';
import { matchesTag, preferredType } from './negotiate.ts';
import { RefusedError } from './refused.ts';
import type { Call, Route } from './route.ts';
import { BlueprintPage, Document, ListQuery } from './shapes.ts';

export const BLUEPRINTS = '/api/v1/blueprints';

const cursors = textCursors('blueprints');

async function listBlueprints({ viewer, blueprints, query }: Call): Promise<Answer> {
  const { first, after, archived, nameContains = '' } = parseQuery(query);
  const filter = {
    archived: archived === 'true',
    nameContains: searchedText(nameContains, 'nameContains') || undefined,
  };
  const page = await blueprints.listBlueprints(viewer, filter, toPageArguments({ first, after }, cursors));
  const { pageInfo } = toConnection(page, cursors, ({ name }) => name);
  const nextCursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  const value: BlueprintPage = { items: page.items.map(toSummary), nextCursor };
  const headers: Record<string, string> = nextCursor === null ? {} : { link: nextLink(query, nextCursor) };
  return { status: 200, headers, body: jsonBody(value), objects: page.items.length };
}

function parseQuery(query: URLSearchParams) {
  const repeated = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (repeated !== undefined) throw new RefusedError('BAD_REQUEST', `The parameter ${repeated} is given twice.`);
  const parsed = ListQuery.safeParse(Object.fromEntries(query));
  if (parsed.success) return parsed.data;
  const [fault] = parsed.error.issues;
  const place = fault?.path.length === 0 ? 'The query' : `The parameter ${fault?.path.join('.') ?? ''}`;
  throw new RefusedError('BAD_REQUEST', `${place} is not as it must be: ${fault?.message ?? ''}.`);
}

/** RFC 8288. */
function nextLink(query: URLSearchParams, after: string): string {
  const next = new URLSearchParams(query);
  next.set('after', after);
  return `<${BLUEPRINTS}?${next.toString()}>; rel="next"`;
}

async function getBlueprint(call: Call): Promise<Answer> {
  const { viewer, blueprints, headers } = call;
  const { record, by } = await findRecord(call);
  const type = preferredType(headers.accept, [JSON_TYPE, YAML_TYPE]);
  // Another blueprint may take a name over: then its versions begin anew, and only the ID tells them apart.
  const tag = by === 'id' ? `W/"${record.version}"` : `W/"${record.version}-${record.id}"`;
  const told = {
    ...versionHeaders(record),
    etag: tag,
    // For the one who asked alone, and asked for anew each time.
    'cache-control': 'private, no-cache',
    vary: 'Accept',
  };
  if (matchesTag(headers['if-none-match'], tag)) return { status: 304, headers: told };
  const [content] = await blueprints.getContents(viewer, [record.fingerprint]);
  if (content === undefined) throw new Error(`The content of version ${record.version} of ${record.id} is missing.`);
  const text = formatBlueprint({ ...content, name: record.name }, type === YAML_TYPE ? 'yaml' : 'json');
  return { status: 200, headers: told, body: { type, text } };
}

/** By ID, else by name. A deleted one is not there until it is restored. */
async function findRecord({
  viewer,
  blueprints,
  id,
}: Call): Promise<{ readonly record: BlueprintRecord; readonly by: 'id' | 'name' }> {
  const local = toBlueprintId(id);
  const [byId] = local === undefined ? [] : await blueprints.getBlueprints(viewer, [local]);
  if (byId?.deletedAt !== undefined) {
    throw new RefusedError('NOT_FOUND', `Blueprint "${byId.name}" was deleted. Restore it first (restoreBlueprint).`);
  }
  if (byId !== undefined) return { record: byId, by: 'id' };
  const name = BlueprintName.safeParse(id);
  // Asked even for what can be no name: the scope is checked there.
  const byName = await blueprints.findBlueprint(viewer, name.success ? name.data : '');
  if (byName === undefined) throw noBlueprint(id);
  return { record: byName, by: 'name' };
}

/** Where a blueprint is to be found, and at which version it is. */
export const versionHeaders = ({ id, version }: BlueprintRecord): Record<string, string> => ({
  'x-version-lock': String(version),
  'content-location': `${BLUEPRINTS}/${encodeGlobalId('Blueprint', id)}`,
});

const TOLD = ['X-Version-Lock', 'Content-Location', 'ETag', 'Cache-Control', 'Vary'];

export const READ_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: BLUEPRINTS,
    operationId: 'listBlueprints',
    summary: 'Blueprints by name, page by page.',
    rootField: 'blueprints',
    maxObjects: MAX_PAGE_SIZE,
    lock: 'none',
    query: ListQuery,
    answers: { 200: { description: 'A page.', types: [JSON_TYPE], shape: BlueprintPage, headers: ['Link'] } },
    problems: [],
    answer: listBlueprints,
  },
  {
    method: 'GET',
    path: `${BLUEPRINTS}/{id}`,
    operationId: 'getBlueprint',
    summary: 'The document of a blueprint, by its ID or its present name.',
    rootField: 'blueprint',
    lock: 'none',
    isConditional: true,
    answers: {
      200: { description: 'The document.', types: [JSON_TYPE, YAML_TYPE], shape: Document, headers: TOLD },
      304: { description: 'It is still at the version that you have.', headers: TOLD },
    },
    problems: ['NOT_FOUND', 'NOT_ACCEPTABLE'],
    answer: getBlueprint,
  },
];
