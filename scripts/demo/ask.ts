import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { serve } from '../../src/app/serve.ts';
import { createClient, type Client, type ServerAddress } from '../../src/cli/client.ts';
import { indexFolder } from '../../src/cli/commands/index-folder.ts';
import { usage } from '../../src/cli/commands/usage.ts';
import { CommandFailure, EXIT, type ExitCode } from '../../src/cli/exit-code.ts';
import { follow } from '../../src/cli/follow.ts';
import { FindExecutionDocument } from '../../src/cli/generated/graphql.ts';
import { createLinePresenter, createLivePresenter } from '../../src/cli/show-execution.ts';
import { withoutControls } from '../../src/cli/text-width.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { parseConfig, type Config } from '../../src/config.ts';
import { ROOT } from '../build.ts';
import { publishExample, startExample } from './publish-example.ts';

const NAME = 'ask-docs';
const DEFAULT_QUESTION = 'What happens when a provider of models fails?';

const Answer = z.object({ text: z.string(), sources: z.array(z.string()) });

export interface AskRequest {
  /** Empty: the usual one. */
  readonly question: string;
  /** Undefined: the documents of this repository. */
  readonly folder: string | undefined;
  readonly terminalOf: (config: Config) => Terminal;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Waits for Ctrl-C when it is true of the settings that the demo stays up. */
  readonly stay: (config: Config) => Promise<void>;
}

/** Indexes documents, asks an agent about them, and shows how it answers and what that cost. */
export async function askDocs(request: AskRequest): Promise<ExitCode> {
  const { folder } = request;
  if (folder !== undefined && !(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new CommandFailure(EXIT.badInput, `${folder} is no folder. Give one with Markdown, text or code.`);
  const dataDir = await mkdtemp(path.join(tmpdir(), 'iceos-ask-'));
  try {
    const config = configure(dataDir);
    const terminal = request.terminalOf(config);
    const say = (line: string): void => terminal.out(`${line}\n`);
    say('Starting a server with an embedded database in a temporary folder ...');
    const { app, firstKey } = await serve(config, say);
    try {
      if (app.url === undefined) throw new CommandFailure(EXIT.configuration, 'The demo needs ICEOS_ROLE=all.');
      const code = await ask({ address: { url: app.url, apiKey: firstKey }, dataDir, terminal }, request);
      say(`\nPlayground   ${app.url}/graphql${firstKey === undefined ? '' : `#key=${firstKey}`}`);
      say('Your own folders: examples/ask-docs/README.md');
      await request.stay(config);
      return code;
    } finally {
      await app.close();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function configure(dataDir: string): Config {
  const environment = {
    ICEOS_SANDBOX: 'best-available',
    ICEOS_LOG_LEVEL: 'warn',
    ...process.env,
    // Whatever server the environment is for: the documents go into none but this one.
    DATABASE_URL: '',
    REDIS_URL: '',
    ICEOS_DATA_DIR: dataDir,
    ICEOS_CONFIG: path.join(ROOT, 'examples', NAME, 'iceos.config.ts'),
  };
  const config = parseConfig(environment);
  if (!config.ok) throw new CommandFailure(EXIT.configuration, config.error.map(({ message }) => message).join('\n'));
  return config.value;
}

interface Place {
  readonly address: ServerAddress;
  readonly dataDir: string;
  readonly terminal: Terminal;
}

async function ask({ address, dataDir, terminal }: Place, { question, folder, signal }: AskRequest): Promise<ExitCode> {
  const deps = { terminal, signal, settings: { ...address, dataDir }, fetch };
  const client = createClient(address, fetch);
  const documents = folder ?? path.relative('.', path.join(ROOT, 'docs'));
  terminal.out(`\nIndexing ${documents} with the model that is part of the installation ...\n`);
  const indexed = await indexFolder(documents, { memory: 'docs', name: undefined, json: false }, deps);
  if (indexed !== EXIT.succeeded) return indexed;
  const asked = question === '' ? DEFAULT_QUESTION : question;
  terminal.out(`\nAsking: ${withoutControls(asked)}\n\n`);
  const blueprintId = await publishExample(client, NAME);
  const id = await startExample(client, blueprintId, { question: asked });
  const answered = await show({ client, address, terminal }, id, signal);
  const totals = { from: undefined, to: undefined, csv: false, json: false };
  terminal.out('\nThe question, by model and memory:\n');
  await usage({ ...totals, by: 'model', execution: id }, deps);
  terminal.out('\nWith the index, by kind:\n');
  await usage({ ...totals, by: 'kind', execution: undefined }, deps);
  return answered;
}

/** Follows the execution to its end, and shows the answer with its sources. */
async function show(
  { client, address, terminal }: Omit<Place, 'dataDir'> & { readonly client: Client },
  executionId: string,
  signal: AbortSignal,
): Promise<ExitCode> {
  const found = await client.request(FindExecutionDocument, { id: executionId });
  const presenter = terminal.interactive
    ? createLivePresenter(terminal, NAME, Date.now)
    : createLinePresenter(terminal);
  // Lines begin with the first event, whatever has happened already.
  const after = terminal.interactive ? undefined : found.execution?.startCursor;
  try {
    for await (const heard of follow({ address, executionId, after, signal })) presenter.hear(heard);
  } finally {
    presenter.close(undefined);
  }
  const { execution } = await client.request(FindExecutionDocument, { id: executionId });
  const answer = Answer.safeParse(execution?.output);
  if (!answer.success) {
    terminal.error(`It ended with ${execution?.status ?? 'nothing'}: ${execution?.failure?.message ?? ''}`);
    return EXIT.failed;
  }
  const { text, sources } = answer.data;
  const lines = [...text.split('\n'), '', `Sources: ${sources.join(', ') || 'none'}`];
  terminal.out(`\n${lines.map((line) => `${withoutControls(line)}\n`).join('')}`);
  return EXIT.succeeded;
}
