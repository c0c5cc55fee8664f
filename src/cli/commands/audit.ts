import type { AuditVerification, CliDeps } from '../cli-deps.ts';
import { csv } from '../csv.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  ExportAuditLogDocument,
  ListAuditLogDocument,
  type ListAuditLogQuery,
  type ListAuditLogQueryVariables,
} from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';

const PAGE = 100;

export interface AuditOptions {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly subject: string | undefined;
  /** A global ID. */
  readonly id: string | undefined;
}

type Entry = NonNullable<ListAuditLogQuery['auditLog']>['edges'][number]['node'];
type Filter = NonNullable<ListAuditLogQueryVariables['filter']>;

const toFilter = ({ from, to, subject, id }: AuditOptions): Filter => ({
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
  ...(subject !== undefined && { subject }),
  ...(id !== undefined && { nounId: id }),
});

/** The columns of the CSV: new ones are added behind. */
const COLUMNS: readonly (readonly [name: string, of: (entry: Entry) => string])[] = [
  ['id', ({ id }) => id],
  ['at', ({ at }) => at],
  ['subject', ({ subject }) => subject],
  ['action', ({ action }) => action.toLowerCase()],
  ['noun', ({ noun }) => noun],
  ['noun_id', ({ nounId }) => nounId ?? ''],
  ['outcome', ({ outcome }) => outcome.toLowerCase()],
  ['fields', ({ fields }) => fields.join(' ')],
  ['credential_kind', ({ credentialKind }) => credentialKind?.toLowerCase() ?? ''],
  ['credential_id', ({ credentialId }) => credentialId ?? ''],
];

/** `iceos audit list`: who did what, newest first. */
export async function listAudit(
  options: AuditOptions & { readonly first: number; readonly json: boolean },
  deps: CliDeps,
): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const first = Math.min(PAGE, options.first);
  const { auditLog } = await client.request(ListAuditLogDocument, { first, filter: toFilter(options) });
  if (!auditLog) throw noAnswer();
  const entries = auditLog.edges.map(({ node }) => node);
  const { terminal } = deps;
  if (options.json) for (const entry of entries) terminal.out(`${JSON.stringify(entry)}\n`);
  else if (entries.length === 0) terminal.error('No entry matches.');
  else {
    const rows = entries.map((entry) => COLUMNS.slice(1).map(([, of]) => of(entry)));
    terminal.out(table(['at', 'who', 'what', 'kind', 'id', 'outcome', 'fields', 'by', 'credential'], rows));
  }
  if (auditLog.pageInfo.hasNextPage) terminal.error('There are more: iceos audit export gives all.');
  return EXIT.succeeded;
}

/** `iceos audit export`: all that match, page after page. The export is an entry itself, which stands first. */
export async function exportAudit(
  options: AuditOptions & { readonly json: boolean },
  deps: CliDeps,
): Promise<ExitCode> {
  const { terminal, signal } = deps;
  const { client } = await openSession(deps);
  const filter = toFilter(options);
  const { exportAuditLog } = await client.request(ExportAuditLogDocument, { input: { filter } });
  if (!exportAuditLog) throw noAnswer();
  if (exportAuditLog.__typename !== 'ExportAuditLogSuccess')
    throw new CommandFailure(EXIT.badInput, exportAuditLog.message);
  if (!options.json) terminal.out(csv([COLUMNS.map(([name]) => name)]));
  let after: string | null = null;
  do {
    const page: ListAuditLogQuery = await client.request(ListAuditLogDocument, { first: PAGE, after, filter });
    if (!page.auditLog) throw noAnswer();
    const entries = page.auditLog.edges.map(({ node }) => node);
    if (options.json) for (const entry of entries) terminal.out(`${JSON.stringify(entry)}\n`);
    else if (entries.length > 0) terminal.out(csv(entries.map((entry) => COLUMNS.map(([, of]) => of(entry)))));
    after = page.auditLog.pageInfo.hasNextPage ? (page.auditLog.pageInfo.endCursor ?? null) : null;
    // The next page is asked for when this one has been read: a log has room in no memory.
    await terminal.drained();
    if (signal.aborted) return EXIT.detached;
  } while (after !== null);
  return EXIT.succeeded;
}

export interface VerifyOptions {
  readonly expect: { readonly number: number; readonly seal: string } | undefined;
  readonly json: boolean;
}

/** `iceos audit verify`: walks the seals, and names the first range that does not hold. */
export async function verifyAudit({ expect, json }: VerifyOptions, deps: CliDeps): Promise<ExitCode> {
  const verified = await deps.verifyAudit(expect);
  if (verified === undefined) {
    const message =
      'Nothing is sealed, and so nothing can be verified: set ICEOS_AUDIT_KEY_FILE here and for the server.';
    throw new CommandFailure(EXIT.configuration, message);
  }
  const { terminal } = deps;
  if (json) terminal.out(`${JSON.stringify(verified)}\n`);
  else for (const line of linesOf(verified)) terminal.out(`${line}\n`);
  return verified.fault === undefined ? EXIT.succeeded : EXIT.failed;
}

function linesOf({ fault, ranges, rows, unsealed, head, isEndKnown }: AuditVerification): readonly string[] {
  const held = `${ranges} ranges with ${rows} rows hold; ${unsealed} rows after them are not sealed.`;
  if (fault !== undefined) return [`Range ${fault.range} does not hold: ${fault.message}.`, held];
  const end = isEndKnown ? [] : ['Nothing here knows the newest seal: a cut end would not show. Give --expect.'];
  const next = head === undefined ? [] : [`Note for the next time: --expect ${head.number}:${head.seal}`];
  return [held, ...end, ...next];
}
