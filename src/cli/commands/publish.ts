import type { Blueprint } from '../../blueprint/blueprint.ts';
import type { CliDeps, Session } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  CreateBlueprintDocument,
  FindBlueprintDocument,
  PublishBlueprintDocument,
  UpdateBlueprintDocument,
} from '../generated/graphql.ts';
import { issueLine, type ShownIssue } from '../issue-line.ts';
import { openSession } from '../session.ts';
import { checkFile, printIssues } from './validate.ts';

export interface PublishOptions {
  /** The version that the file was made from; undefined: whatever is there now. */
  readonly expectedVersion: number | undefined;
  readonly merge: boolean;
  /** Stores the file, but leaves the published version as it is. */
  readonly draft: boolean;
  readonly json: boolean;
}

interface Stored {
  readonly id: string;
  readonly version: number;
  readonly outcome: 'CREATED' | 'APPLIED' | 'MERGED' | 'UNCHANGED';
}

/** The failure that a member of a result union means. */
function refusal(
  result: { readonly message: string; readonly issues?: readonly ShownIssue[] },
  file: string,
): CommandFailure {
  const issues = (result.issues ?? []).map((issue) => issueLine(issue, file));
  // What the API calls by its argument is an option here.
  const message = result.message.replace('onConflict: MERGE', '--merge');
  return new CommandFailure(EXIT.badInput, [message, ...issues].join('\n'));
}

/** The failure of an answer that is null, which only a bug of the server gives. */
export const noAnswer = (): CommandFailure => new CommandFailure(EXIT.unreachable, 'The server gave no answer.');

async function create(file: { readonly name: string; readonly source: string }, { client }: Session): Promise<Stored> {
  const { createBlueprint: result } = await client.request(CreateBlueprintDocument, { input: { source: file.source } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'CreateBlueprintSuccess') throw refusal(result, file.name);
  return { ...result.blueprint, outcome: 'CREATED' };
}

interface Update {
  readonly id: string;
  readonly expectedVersion: number;
  readonly merge: boolean;
}

async function update(
  file: { readonly name: string; readonly source: string },
  { id, expectedVersion, merge }: Update,
  { client }: Session,
): Promise<Stored> {
  const { updateBlueprint: result } = await client.request(UpdateBlueprintDocument, {
    input: { id, expectedVersion, onConflict: merge ? 'MERGE' : 'REJECT', edits: [{ replace: file.source }] },
  });
  if (!result) throw noAnswer();
  if (result.__typename !== 'UpdateBlueprintSuccess') throw refusal(result, file.name);
  return { ...result.blueprint, outcome: result.outcome };
}

/** `iceos publish FILE`: creates or updates the blueprint of that name, and publishes it. */
export async function publish(file: string, options: PublishOptions, deps: CliDeps): Promise<ExitCode> {
  const { source, document, issues } = await checkFile(file, deps);
  // Tools and models of the server may be others than those of this machine.
  const certain = issues.filter(({ rule }) => rule !== 'known-tools' && rule !== 'known-models');
  if (document === undefined || certain.length > 0) {
    printIssues(certain, file, deps);
    return EXIT.badInput;
  }
  const session = await openSession(deps);
  const { blueprint: present } = await session.client.request(FindBlueprintDocument, { name: document.name });
  const expectedVersion = options.expectedVersion ?? present?.version ?? 0;
  const stored = present
    ? await update({ name: file, source }, { id: present.id, expectedVersion, merge: options.merge }, session)
    : await create({ name: file, source }, session);
  const published = options.draft ? undefined : await publishStored(stored, file, session);
  const { terminal } = deps;
  const { outcome } = stored;
  if (options.json)
    terminal.out(
      `${JSON.stringify({ name: document.name, ...stored, version: published?.version ?? stored.version, published: published?.revision })}\n`,
    );
  else {
    const what =
      published === undefined ? 'stored, not published' : `published as it is in version ${published.revision}`;
    const version = published?.version ?? stored.version;
    terminal.out(`${document.name} is ${what} (${outcome.toLowerCase()}); it is at version ${version} now.\n`);
    if (published !== undefined) terminal.out(`Start it with: iceos start ${document.name} --watch${hint(document)}\n`);
  }
  return EXIT.succeeded;
}

/** What a start of it needs, as far as its schema says. */
function hint({ input }: Blueprint): string {
  const required = Array.isArray(input?.['required']) ? input['required'] : [];
  return required.length === 0 ? '' : ` --input '{ ${required.map((name) => `"${String(name)}": ...`).join(', ')} }'`;
}

interface Published {
  /** The revision that runs now. */
  readonly revision: number;
  /** Of the blueprint: what the next change has to expect. */
  readonly version: number;
}

async function publishStored({ id, version }: Stored, file: string, { client }: Session): Promise<Published> {
  const { publishBlueprint: result } = await client.request(PublishBlueprintDocument, {
    input: { id, expectedVersion: version },
  });
  if (!result) throw noAnswer();
  if (result.__typename !== 'PublishBlueprintSuccess') throw refusal(result, file);
  return {
    revision: result.blueprint.publishedRevision?.version ?? version,
    version: result.blueprint.version,
  };
}
