import { pino } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** What a line says besides its message: `executionId`, `node`, `attempt`, `errorId`, `err`, ... */
export type LogFields = Readonly<Record<string, unknown>>;

/** Lines of JSON: a constant message, so that lines can be counted by it, and fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
  /** A logger whose lines carry these fields too. */
  child(fields: LogFields): Logger;
}

/** Where lines go: standard error unless a test collects them. */
export interface LogTarget {
  write(line: string): void;
}

const SECRET_FIELDS = ['authorization', 'cookie', 'apiKey', 'password', 'secret', 'secretKey', 'token'];
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\bice_[A-Za-z0-9_-]{6,}/g, 'ice_[redacted]'],
  [/\b(Bearer|Basic) [A-Za-z0-9._~+/=-]+/g, '$1 [redacted]'],
  // The password of a URL such as DATABASE_URL, which drivers put into their messages.
  [/(\b[a-z]+:\/\/[^\s:@/"]*):[^\s@/"]+@/g, '$1:[redacted]@'],
];

/** Takes keys, bearer tokens and passwords of URLs out of a text, wherever they stand in it. */
export function redact(text: string): string {
  let redacted = text;
  for (const [pattern, replacement] of SECRETS) redacted = redacted.replace(pattern, replacement);
  return redacted;
}

function toLogger(lines: pino.Logger): Logger {
  return {
    debug: (message, fields = {}) => lines.debug(fields, message),
    info: (message, fields = {}) => lines.info(fields, message),
    warn: (message, fields = {}) => lines.warn(fields, message),
    error: (message, fields = {}) => lines.error(fields, message),
    fatal: (message, fields = {}) => lines.fatal(fields, message),
    child: (fields) => toLogger(lines.child(fields)),
  };
}

/** Logs to standard error, as standard output belongs to what a command answers. */
export function createLogger(settings: { readonly level: LogLevel; readonly target?: LogTarget }): Logger {
  const options: pino.LoggerOptions = {
    level: settings.level,
    base: {},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    hooks: { streamWrite: redact },
  };
  // Synchronous: lines are few, and the last one before a crash is the one that is needed.
  return toLogger(pino(options, settings.target ?? pino.destination({ fd: 2, sync: true })));
}
