import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { CancelExecutionDocument } from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { noAnswer } from './publish.ts';

/** `iceos cancel ID`: asks that an execution ends. Answers when that is recorded, not when all is quiet. */
export async function cancel(id: string, reason: string | undefined, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { cancelExecution: result } = await client.request(CancelExecutionDocument, { input: { id, reason } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'CancelExecutionSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  deps.terminal.out(`Recorded. What was stopped stands in its last event: iceos watch ${id}\n`);
  return EXIT.succeeded;
}
