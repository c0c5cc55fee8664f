/** The database does not answer: away, restarting, or the connection was lost before its answer came. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
  readonly code = 'UNAVAILABLE';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

/** Two processes on one embedded database would lose committed rows: the second is refused. */
export class EmbeddedDatabaseInUseError extends Error {
  override readonly name = 'EmbeddedDatabaseInUseError';
}

/** The SQLSTATE of an error of pg, also when drizzle has wrapped it. */
export function sqlState(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string' && /^[0-9A-Z]{5}$/.test(one.code)) return one.code;
  }
  return undefined;
}

/** True when the database did not answer, whoever has wrapped the error. */
export function isUnavailable(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) if (one instanceof DatabaseUnavailableError) return true;
  return false;
}

// 08: connection; 57P0x: shut down, crashed, starting; 57014: cancelled by our own statement timeout; 53300: full.
const AWAY = /^(08...|57P0[1-5]|57014|53300)$/;
const NODE_ERRORS: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);
// pg has no code for what it finds out by itself.
const PG_MESSAGES =
  /connection terminated|connection ended|not queryable|was closed|timeout exceeded when trying to connect|timeout expired|read timeout/i;

/** The same failure as a `DatabaseUnavailableError` when the database did not answer; any other stays what it is. */
export function toStoreError(error: unknown): unknown {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof DatabaseUnavailableError) return one;
    const code = 'code' in one && typeof one.code === 'string' ? one.code : undefined;
    const away = code === undefined ? PG_MESSAGES.test(one.message) : AWAY.test(code) || NODE_ERRORS.has(code);
    if (away) return new DatabaseUnavailableError(`The database does not answer: ${one.message}`, error);
  }
  return error;
}
