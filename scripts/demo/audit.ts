import { z } from 'zod';
import type { Client, ServerAddress } from '../../src/cli/client.ts';
import { changePolicy, withEntry } from '../../src/cli/commands/policy.ts';
import { CommandFailure, EXIT } from '../../src/cli/exit-code.ts';
import { follow } from '../../src/cli/follow.ts';
import {
  CreateBlueprintDocument,
  FindBlueprintDocument,
  FindExecutionDocument,
  PublishBlueprintDocument,
  StartExecutionDocument,
  UpdateBlueprintDocument,
} from '../../src/cli/generated/graphql.ts';
import { createLivePresenter } from '../../src/cli/show-execution.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { createMilestones } from './milestones.ts';

const NAME = 'licence-audit';

const AuditOutput = z.object({ markdown: z.string(), csv: z.string() });
/** What the workflow answers. */
export type Audit = z.infer<typeof AuditOutput>;

export interface Ended {
  readonly executionId: string;
  readonly status: string;
  readonly failure: string | undefined;
  /** Undefined unless it succeeded. */
  readonly audit: Audit | undefined;
}

/** Lets tools read the folder with the lockfile: the tenant's policy starts empty. */
export async function allowLockfiles(client: Client): Promise<void> {
  await changePolicy(client, (policy) => withEntry(policy, { kind: 'folder', name: 'lockfiles' }));
}

/** Stores the example and makes it the one that runs; a second demo finds it there already. */
export async function publishExample(client: Client, source: string): Promise<string> {
  const { id, version } = await store(client, source);
  const { publishBlueprint } = await client.request(PublishBlueprintDocument, {
    input: { id, expectedVersion: version },
  });
  if (publishBlueprint?.__typename !== 'PublishBlueprintSuccess') throw refused(publishBlueprint);
  return id;
}

async function store(client: Client, source: string): Promise<{ readonly id: string; readonly version: number }> {
  const { blueprint } = await client.request(FindBlueprintDocument, { name: NAME });
  if (!blueprint) {
    const { createBlueprint } = await client.request(CreateBlueprintDocument, { input: { source } });
    if (createBlueprint?.__typename !== 'CreateBlueprintSuccess') throw refused(createBlueprint);
    return createBlueprint.blueprint;
  }
  const input = { id: blueprint.id, expectedVersion: blueprint.version, edits: [{ replace: source }] };
  const { updateBlueprint } = await client.request(UpdateBlueprintDocument, { input });
  if (updateBlueprint?.__typename !== 'UpdateBlueprintSuccess') throw refused(updateBlueprint);
  return updateBlueprint.blueprint;
}

const refused = (answer: object | null | undefined): CommandFailure =>
  new CommandFailure(EXIT.failed, `The server refused: ${JSON.stringify(answer)}`);

export interface AuditRequest {
  readonly client: Client;
  readonly address: ServerAddress;
  readonly blueprintId: string;
  readonly title: string;
  readonly terminal: Terminal;
}

/** Starts the audit and shows it until it ends, from the subscription that every client has. */
export async function startAndShow({ client, address, blueprintId, title, terminal }: AuditRequest): Promise<Ended> {
  const { startExecution } = await client.request(StartExecutionDocument, {
    input: { blueprintId, input: { file: 'package-lock.json', title } },
  });
  if (startExecution?.__typename !== 'StartExecutionSuccess') throw refused(startExecution);
  const executionId = startExecution.execution.id;
  const presenter = terminal.interactive ? createLivePresenter(terminal, NAME, Date.now) : createMilestones(terminal);
  const signal = new AbortController().signal;
  for await (const heard of follow({ address, executionId, after: undefined, signal })) presenter.hear(heard);
  presenter.close(undefined);
  const { execution } = await client.request(FindExecutionDocument, { id: executionId });
  const audit = AuditOutput.safeParse(execution?.output);
  return {
    executionId,
    status: execution?.status ?? 'UNKNOWN',
    failure: execution?.failure?.message,
    audit: audit.success ? audit.data : undefined,
  };
}
