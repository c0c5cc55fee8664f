import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { CliDeps, ServeOptions } from '../../src/cli/cli-deps.ts';
import { PLAIN } from '../../src/cli/style.ts';

/** A blueprint file without a fault. */
export const SOUND = 'name: flow\nnodes:\n  one: { kind: transform, output: 1 }\n';

interface Asked {
  readonly operation: string;
  readonly variables: Record<string, unknown>;
  readonly headers: Headers;
}

/** A command line, what it asked the server, and what it wrote. */
export interface Scene {
  readonly deps: CliDeps;
  readonly asked: Asked[];
  readonly served: ServeOptions[];
  readonly out: () => string;
  readonly errors: () => string;
}

/** A command line in front of a server whose answers are given by the name of the operation. */
export function scene(answers: Record<string, unknown> = {}, more: Partial<CliDeps> = {}): Scene {
  const asked: Asked[] = [];
  const served: ServeOptions[] = [];
  const out: string[] = [];
  const errors: string[] = [];
  const answer: typeof fetch = async (input, init) => {
    if (typeof input !== 'string') return new Response('ready', { status: answers['ready'] === false ? 503 : 200 });
    const { query, variables } = JSON.parse(typeof init?.body === 'string' ? init.body : '{}');
    const operation = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? '';
    asked.push({ operation, variables, headers: new Headers(init?.headers) });
    const given = answers[operation];
    if (given === undefined) throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    return new Response(typeof given === 'string' ? given : JSON.stringify(given));
  };
  const deps: CliDeps = {
    version: '1.2.3',
    terminal: {
      out: (text) => void out.push(text),
      error: (line) => void errors.push(line),
      drained: async () => undefined,
      interactive: false,
      columns: 80,
      rows: 24,
      style: PLAIN,
    },
    settings: { url: 'http://127.0.0.1:4000', apiKey: 'ice_key', dataDir: '/nowhere' },
    fetch: answer,
    now: () => Date.parse('2026-01-01T00:01:00Z'),
    signal: new AbortController().signal,
    examine: async () => ({ issues: [], warnings: [], estimate: undefined }),
    serve: async (options) => {
      served.push(options);
      return 0;
    },
    bootstrapKey: async () => undefined,
    verifyAudit: async () => undefined,
    rotateMasterKey: async () => undefined,
    rotateDataKey: async () => undefined,
    gitShow: async () => ({ ok: false, error: 'not a git repository' }),
    doctor: async () => [{ name: 'node', ok: true, message: 'Node 20' }],
    ...more,
  };
  return { deps, asked, served, out: () => out.join(''), errors: () => errors.join('\n') };
}

/** A file of its own folder with this text. */
export async function file(text: string, name = 'flow.yaml'): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, name), text);
  return path.join(folder, name);
}

/** A GraphQL answer with data. */
export const data = (value: unknown): unknown => ({ data: value });
/** A GraphQL answer that is a refusal. */
export const refused = (code: string, message = 'No.'): unknown => ({ errors: [{ message, extensions: { code } }] });
