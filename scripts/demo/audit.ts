import { z } from 'zod';
import type { Client, ServerAddress } from '../../src/cli/client.ts';
import { changePolicy, withEntry } from '../../src/cli/commands/policy.ts';
import { follow } from '../../src/cli/follow.ts';
import { FindExecutionDocument } from '../../src/cli/generated/graphql.ts';
import { createLivePresenter } from '../../src/cli/show-execution.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { createMilestones } from './milestones.ts';
import { startExample } from './publish-example.ts';

/** The example that is run. */
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

export interface AuditRequest {
  readonly client: Client;
  readonly address: ServerAddress;
  readonly blueprintId: string;
  readonly title: string;
  readonly terminal: Terminal;
}

/** Starts the audit and shows it until it ends, from the subscription that every client has. */
export async function startAndShow({ client, address, blueprintId, title, terminal }: AuditRequest): Promise<Ended> {
  const executionId = await startExample(client, blueprintId, { file: 'package-lock.json', title });
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
