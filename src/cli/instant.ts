import { InvalidArgumentError } from 'commander';

const INSTANT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A day, which begins at midnight UTC, or an instant; as the server takes it. */
export function instant(text: string): string {
  const at = INSTANT.test(text) ? new Date(text) : undefined;
  // Date moves 30 February into March.
  const isThere = at !== undefined && !Number.isNaN(at.getTime()) && isDay(text.slice(0, 10));
  if (isThere) return at.toISOString();
  throw new InvalidArgumentError('It must be a day such as 2026-01-31, or an instant such as 2026-01-31T12:00:00Z.');
}

function isDay(day: string): boolean {
  const at = new Date(day);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}
