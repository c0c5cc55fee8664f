import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Json } from '../core/json.ts';
import { MIB } from '../core/units.ts';
import { parseWireJson } from '../protocol/wire-json.ts';
import { ToolFailure } from '../protocol/tool-context.ts';
import type { MetLimit } from './met-limit.ts';
import { splitLines } from './split-lines.ts';

export interface ScriptCall {
  readonly folder: string;
  readonly entry: string;
  /** Path of the program that runs the entry. */
  readonly interpreter: string;
  readonly input: Json;
  readonly idempotencyKey: string;
  readonly traceparent: string | undefined;
  readonly folders: Readonly<Record<string, string>>;
  readonly outputBytes: number;
  readonly log: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** A script that ended without an answer; `limit` where its last words tell of one. */
export class ScriptFailure extends ToolFailure {
  readonly limit: MetLimit | undefined;
  constructor(message: string, options: { readonly retryable: boolean; readonly limit?: MetLimit | undefined }) {
    super(message, options);
    this.limit = options.limit;
  }
}

/** Lines of standard error are log lines; the last ones stand in the failure too. */
const LAST_WORDS_CHARS = 400;
const MAX_LOG_BYTES = MIB;

/**
 * Runs a tool in another language: its input is JSON on standard input, its answer JSON on standard output, and what it
 * writes to standard error is its log. It fails by another exit code than 0; 75 (EX_TEMPFAIL) means that a retry may help.
 */
export function runScript(call: ScriptCall): Promise<Json> {
  const { folder, entry, interpreter, input, outputBytes, log } = call;
  const child = spawn(interpreter, [path.join(folder, entry)], {
    cwd: '/scratch',
    env: environmentOf(call),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const written: Buffer[] = [];
  let writtenBytes = 0;
  let loggedBytes = 0;
  let lastWords = '';
  const lines = splitLines((line) => log('info', line));
  child.stdout.on('data', (chunk: Buffer) => {
    writtenBytes += chunk.length;
    if (writtenBytes > outputBytes) child.kill('SIGKILL');
    else written.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    loggedBytes += chunk.length;
    lastWords = (lastWords + chunk.toString('utf8')).slice(-LAST_WORDS_CHARS);
    if (loggedBytes > MAX_LOG_BYTES) lines.drop();
    else lines.add(chunk);
  });
  // It may end without reading all of it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(input));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    untilOver(child, (code, signal) => {
      lines.end();
      if (writtenBytes > outputBytes) {
        const message = `Its output is larger than ${outputBytes} bytes.`;
        reject(new ScriptFailure(message, { retryable: false, limit: 'output' }));
      } else if (code !== 0) reject(failureOf({ entry, code, signal, lastWords }));
      else answer(entry, Buffer.concat(written).toString('utf8'), { resolve, reject });
    });
  });
}

/** How long the pipes of an entry that has ended are waited for: what it started in the background may hold them. */
const DRAIN_MS = 100;

function untilOver(child: ChildProcess, tell: (code: number | null, signal: string | null) => void): void {
  child.on('exit', (code, signal) => {
    const over = (): void => {
      clearTimeout(timer);
      child.off('close', over);
      tell(code, signal);
    };
    const timer = setTimeout(over, DRAIN_MS);
    child.on('close', over);
  });
}

function environmentOf({ idempotencyKey, traceparent, folders }: ScriptCall): Record<string, string> {
  const granted = Object.entries(folders).map(([name, where]): [string, string] => [
    `ICEOS_FOLDER_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`,
    where,
  ]);
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    HOME: '/scratch',
    TMPDIR: '/scratch',
    LANG: 'C.UTF-8',
    ICEOS_IDEMPOTENCY_KEY: idempotencyKey,
    // As OpenTelemetry hands a context to a process: opentelemetry.io/docs/specs/otel/context/env-carriers
    ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
    ...Object.fromEntries(granted),
  };
}

interface Ended {
  readonly entry: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly lastWords: string;
}

/** As sysexits.h names it. */
const EX_TEMPFAIL = 75;

const LIMIT_WORDS: readonly (readonly [RegExp, MetLimit])[] = [
  [/No space left on device|File too large|File size limit exceeded/i, 'disk'],
  [/Cannot fork|Resource temporarily unavailable|can't start new thread/i, 'processes'],
  [/Cannot allocate memory|MemoryError|out of memory/i, 'memory'],
];

function failureOf({ entry, code, signal, lastWords }: Ended): ScriptFailure {
  const how = code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with exit code ${code}`;
  const words = lastWords.trim();
  const limit = LIMIT_WORDS.find(([pattern]) => pattern.test(words))?.[1];
  const message = words === '' ? `${entry} ${how}.` : `${entry} ${how}: ${words}`;
  return new ScriptFailure(message, { retryable: code === EX_TEMPFAIL, limit });
}

function answer(
  entry: string,
  text: string,
  { resolve, reject }: { readonly resolve: (value: Json) => void; readonly reject: (error: Error) => void },
): void {
  if (text.trim() === '') return resolve(null);
  const parsed = parseWireJson(text);
  if (parsed.ok) resolve(parsed.value.json);
  else reject(new ScriptFailure(`${entry} answered ${parsed.error} on its standard output.`, { retryable: false }));
}
