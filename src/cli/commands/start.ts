import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { FindBlueprintDocument, StartExecutionDocument } from '../generated/graphql.ts';
import { issueLine } from '../issue-line.ts';
import { readInput } from '../read-input.ts';
import { openSession } from '../session.ts';
import { noAnswer } from './publish.ts';
import { watchExecution } from './watch.ts';

export interface StartOptions {
  readonly input: string;
  readonly version: number | undefined;
  readonly idempotencyKey: string | undefined;
  readonly watch: boolean;
  readonly json: boolean;
  readonly plain: boolean;
}

/** `iceos start NAME`: starts an execution of a published blueprint, and follows it where asked to. */
export async function start(name: string, options: StartOptions, deps: CliDeps): Promise<ExitCode> {
  const input = await readInput(options.input);
  const session = await openSession(deps);
  const { blueprint } = await session.client.request(FindBlueprintDocument, { name });
  if (!blueprint) {
    throw new CommandFailure(EXIT.badInput, `There is no blueprint named "${name}". Publish it: iceos publish FILE`);
  }
  const { startExecution: result } = await session.client.request(StartExecutionDocument, {
    input: { blueprintId: blueprint.id, input, version: options.version, idempotencyKey: options.idempotencyKey },
  });
  if (!result) throw noAnswer();
  if (result.__typename !== 'StartExecutionSuccess') {
    const issues = 'issues' in result ? result.issues.map((issue) => issueLine(issue, '--input')) : [];
    throw new CommandFailure(EXIT.badInput, [result.message, ...issues].join('\n'));
  }
  const { execution, created } = result;
  if (options.watch) {
    // Of a start everything is to be seen, so that lines and JSON begin with the first event.
    return watchExecution(execution.id, { after: undefined, ...options }, { ...deps, ...session });
  }
  const { terminal } = deps;
  if (options.json) terminal.out(`${JSON.stringify({ ...execution, created })}\n`);
  else if (terminal.interactive) {
    terminal.out(
      `${created ? 'Started' : 'Had been started'}: ${execution.id} (${name} v${execution.revision.version})\n`,
    );
    terminal.out(`Watch it: iceos watch ${execution.id}\n`);
  } else terminal.out(`${execution.id}\n`);
  return EXIT.succeeded;
}
