import { oneLine } from './text-width.ts';

/** One fault in a blueprint or an input, as the API or the compiler says it. */
export interface ShownIssue {
  readonly rule: string;
  readonly path: string;
  readonly message: string;
  readonly line?: number | null | undefined;
  readonly column?: number | null | undefined;
}

/** `file:3:7: message (rule, /nodes/a)`: editors jump to the place. */
export function issueLine(issue: ShownIssue, file: string): string {
  const place = typeof issue.line === 'number' ? `:${issue.line}:${issue.column ?? 1}` : '';
  const pointer = issue.path === '' ? '' : `, ${issue.path}`;
  return `${file}${place}: ${oneLine(issue.message)} (${issue.rule}${pointer})`;
}
