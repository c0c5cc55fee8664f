import type { Blueprint } from '../../blueprint/blueprint.ts';
import { parseBlueprintSource, withPlaces } from '../../blueprint/source.ts';
import type { Examined } from '../../compiler/examine.ts';
import type { CliDeps } from '../cli-deps.ts';
import { estimateAsJson, estimateLine } from '../estimate-line.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { issueLine, type ShownIssue } from '../issue-line.ts';
import { readTextFile } from '../read-input.ts';

/** A blueprint file that was read and compiled. */
export interface CheckedFile extends Examined {
  readonly source: string;
  /** Undefined when the text is no blueprint at all. */
  readonly document: Blueprint | undefined;
}

/** Reads and compiles a file without a server. */
export async function checkFile(file: string, deps: Pick<CliDeps, 'examine'>): Promise<CheckedFile> {
  const source = await readTextFile(file);
  const parsed = parseBlueprintSource(source);
  if (!parsed.ok) return { source, document: undefined, issues: parsed.error, warnings: [], estimate: undefined };
  const { blueprint: document, places } = parsed.value;
  const { issues, warnings, estimate } = await deps.examine(document);
  const placed = { issues: withPlaces(issues, places), warnings: withPlaces(warnings, places) };
  return { source, document, ...placed, estimate };
}

/** Prints issues one a line, as editors and compilers do. */
export function printIssues(
  issues: readonly ShownIssue[],
  file: string,
  { terminal }: Pick<CliDeps, 'terminal'>,
): void {
  for (const issue of issues) terminal.error(issueLine(issue, file));
}

/** `iceos validate FILE`: says what is wrong with a blueprint, offline. */
export async function validate(file: string, options: { readonly json: boolean }, deps: CliDeps): Promise<ExitCode> {
  const { document, issues, warnings, estimate } = await checkFile(file, deps);
  if (options.json) {
    const all = { file, name: document?.name, issues, warnings, estimate: estimate && estimateAsJson(estimate) };
    deps.terminal.out(`${JSON.stringify(all)}\n`);
  } else if (issues.length > 0) printIssues(issues, file, deps);
  else {
    printIssues(
      warnings.map((warning) => ({ ...warning, message: `warning: ${warning.message}` })),
      file,
      deps,
    );
    deps.terminal.out(`${file} is sound: ${document?.name ?? ''}, ${nodeCount(document)}.\n`);
    if (estimate !== undefined) deps.terminal.out(`${estimateLine(estimate)}\n`);
  }
  return issues.length > 0 ? EXIT.badInput : EXIT.succeeded;
}

const nodeCount = (document: Blueprint | undefined): string => {
  const count = Object.keys(document?.nodes ?? {}).length;
  return `${count} ${count === 1 ? 'node' : 'nodes'} at the top`;
};
