import type { CliDeps } from '../cli-deps.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { ListBlueprintsDocument, ListExecutionsDocument } from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { duration } from '../text-width.ts';
import type { ExecutionStatus } from '../watch-state.ts';
import { noAnswer } from './publish.ts';

export interface ListOptions {
  readonly first: number;
  readonly statuses: readonly ExecutionStatus[];
  readonly json: boolean;
}

/** `iceos list`: the newest executions. */
export async function listExecutions(options: ListOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const filter = options.statuses.length > 0 ? { statuses: [...options.statuses] } : null;
  const { executions } = await client.request(ListExecutionsDocument, { first: options.first, filter });
  if (!executions) throw noAnswer();
  const found = executions.edges.map(({ node }) => node);
  const { terminal } = deps;
  if (options.json) for (const execution of found) terminal.out(`${JSON.stringify(execution)}\n`);
  else if (found.length === 0) {
    const none = filter ? 'No execution has such a status.' : 'There is no execution yet. Start one: iceos start NAME';
    terminal.error(none);
  } else {
    const rows = found.map(({ id, status, revision, progress, requestedAt, finishedAt }) => {
      const endedAt = typeof finishedAt === 'string' ? Date.parse(finishedAt) : deps.now();
      const took = duration(endedAt - Date.parse(requestedAt));
      return [
        id,
        status.toLowerCase(),
        `${revision.name} v${revision.version}`,
        `${progress.done}/${progress.total}`,
        requestedAt,
        took,
      ];
    });
    terminal.out(table(['id', 'status', 'blueprint', 'done', 'requested', 'took'], rows));
  }
  if (executions.pageInfo.hasNextPage) terminal.error(`There are more: --first ${2 * options.first}`);
  return EXIT.succeeded;
}

/** `iceos list --blueprints`: blueprints by name. */
export async function listBlueprints(options: ListOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { blueprints } = await client.request(ListBlueprintsDocument, { first: options.first });
  if (!blueprints) throw noAnswer();
  const found = blueprints.edges.map(({ node }) => node);
  const { terminal } = deps;
  if (options.json) for (const blueprint of found) terminal.out(`${JSON.stringify(blueprint)}\n`);
  else if (found.length === 0) terminal.error('There is no blueprint yet. Publish one: iceos publish FILE');
  else {
    const rows = found.map(({ name, version, publishedRevision, hasUnpublishedChanges }) => {
      const published = publishedRevision ? `v${publishedRevision.version}` : 'not';
      return [name, `v${version}`, published, hasUnpublishedChanges ? 'yes' : ''];
    });
    terminal.out(table(['name', 'version', 'published', 'changed since'], rows));
  }
  return EXIT.succeeded;
}
