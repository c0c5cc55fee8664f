import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { PauseExecutionDocument, ResumeExecutionDocument } from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { noAnswer } from './publish.ts';

/** `iceos pause ID`: lets nothing more begin. Answers when that is recorded; what runs may still end. */
export async function pause(id: string, reason: string | undefined, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { pauseExecution: result } = await client.request(PauseExecutionDocument, { input: { id, reason } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'PauseExecutionSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  deps.terminal.out(`Nothing more begins. Let it go on: iceos resume ${id}\n`);
  return EXIT.succeeded;
}

export interface ResumeBudget {
  readonly maxCostUsdMicros?: string | undefined;
  readonly softCostUsdMicros?: string | undefined;
}

/** `iceos resume ID`: lets a paused execution go on, with a larger budget where one is given. */
export async function resume(id: string, budget: ResumeBudget, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { maxCostUsdMicros, softCostUsdMicros } = budget;
  const isGiven = maxCostUsdMicros !== undefined || softCostUsdMicros !== undefined;
  const input = { id, ...(isGiven && { budget: { maxCostUsdMicros, softCostUsdMicros } }) };
  const { resumeExecution: result } = await client.request(ResumeExecutionDocument, { input });
  if (!result) throw noAnswer();
  if (result.__typename !== 'ResumeExecutionSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  deps.terminal.out(`It goes on. Watch it: iceos watch ${id}\n`);
  return EXIT.succeeded;
}
