import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import { readOperations } from '../schema-check/read-operations.ts';
import { readSchema } from '../schema-check/read-schema.ts';
import { CHANGE_LEVELS, weighSchema, type SchemaChange, type WeighedSchema } from '../schema-check/weigh-schema.ts';
import { table } from '../table.ts';
import { withoutControls } from '../text-width.ts';

/** What makes the check end with 1. */
export const FAIL_ON = ['breaking', 'dangerous', 'operations'] as const;
export type FailOn = (typeof FAIL_ON)[number];

export interface SchemaCheckOptions {
  /** What clients have: a URL, a file, or a revision of git. */
  readonly against: string;
  /** What they would get: a file or a URL. */
  readonly schema: string;
  readonly operations: readonly string[];
  readonly failOn: FailOn;
  readonly json: boolean;
}

/** `iceos schema check`: what a change of a schema does to those who use it. */
export async function checkSchema(options: SchemaCheckOptions, deps: CliDeps): Promise<ExitCode> {
  if (options.failOn === 'operations' && options.operations.length === 0)
    throw new CommandFailure(EXIT.badInput, '--fail-on operations needs --operations: recorded ones, to be tried.');
  const [before, after, { operations, leftOut }] = await Promise.all([
    readSchema(options.against, options.schema, deps),
    readSchema(options.schema, options.schema, deps),
    readOperations(options.operations, deps),
  ]);
  if (options.failOn === 'operations' && operations.length === 0)
    throw new CommandFailure(EXIT.badInput, '--fail-on operations found no operation: there is nothing to try.');
  if (options.failOn === 'operations' && leftOut > 0)
    throw new CommandFailure(
      EXIT.badInput,
      `--fail-on operations cannot decide by a part: ${leftOut} documents are left out. Use --fail-on breaking.`,
    );
  const weighed = await weighSchema(before, after, operations);
  const passed = passes(weighed, options.failOn);
  if (options.json) {
    deps.terminal.out(`${JSON.stringify({ passed, ...weighed, operations: operations.length, leftOut })}\n`);
  } else deps.terminal.out(report(weighed, operations.length, options));
  return passed ? EXIT.succeeded : EXIT.failed;
}

/** A recorded operation that is invalid now counts at each level. */
function passes({ changes, broken }: WeighedSchema, failOn: FailOn): boolean {
  const has = (wanted: (change: SchemaChange) => boolean): boolean => changes.some(wanted);
  if (broken.length > 0) return false;
  if (failOn === 'operations') return !has(({ level, usedBy }) => level === 'breaking' && usedBy.length > 0);
  return !has(({ level }) => level === 'breaking' || (failOn === 'dangerous' && level === 'dangerous'));
}

function report(
  { changes, broken }: WeighedSchema,
  operationCount: number,
  { failOn, operations }: SchemaCheckOptions,
): string {
  const use = ({ level, usedBy }: SchemaChange): string => {
    if (usedBy.length > 0) return `used by ${usedBy.join(', ')}`;
    return operationCount > 0 && level !== 'safe' ? 'no recorded operation uses it' : '';
  };
  const heading = ['level', 'place', 'change', 'recorded operations'];
  const rows = changes.map((change) => [change.level, change.path, change.message, use(change)]);
  const counts = CHANGE_LEVELS.map((level) => `${changes.filter((one) => one.level === level).length} ${level}`);
  const tried = operations.length === 0 ? '' : ` Of ${operationCount} recorded documents ${broken.length} would break.`;
  const isMild = passes({ changes, broken }, failOn) && changes.some(({ level }) => level !== 'safe');
  return [
    ...(rows.length > 0 ? [table(heading, rows), '\n'] : []),
    ...broken.flatMap(({ name, faults }) => faults.map((fault) => `${withoutControls(`${name}: ${fault}`)}\n`)),
    `Changes: ${counts.join(', ')}.${tried}\n`,
    isMild ? `None of them fails this check (--fail-on ${failOn}).\n` : '',
  ].join('');
}
