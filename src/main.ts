#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { findInstallation } from './app/installation.ts';
import { openRegistry } from './app/open-registry.ts';
import type { ServeOptions } from './cli/cli-deps.ts';
import { CommandFailure, EXIT } from './cli/exit-code.ts';
import type { ExitCode } from './cli/exit-code.ts';
import { runCli } from './cli/program.ts';
import { createTerminal } from './cli/terminal.ts';
import { examine } from './compiler/examine.ts';
import { parseConfig, serveFaults } from './config.ts';
import type { Config, Environment, Fault } from './config.ts';

const paths = findInstallation();

function configurationFailure(faults: readonly Fault[]): CommandFailure {
  return new CommandFailure(EXIT.configuration, faults.map(({ message }) => message).join('\n'));
}

function readConfig(environment: Environment): Config {
  const config = parseConfig(environment);
  if (!config.ok) throw configurationFailure(config.error);
  return config.value;
}

/** Options of the command line go before the settings of the environment. */
function withOptions(environment: Environment, { host, port, role }: ServeOptions): Environment {
  return {
    ...environment,
    ...(host === undefined ? {} : { ICEOS_HOST: host }),
    ...(port === undefined ? {} : { ICEOS_PORT: port }),
    ...(role === undefined ? {} : { ICEOS_ROLE: role }),
  };
}

async function runServer(options: ServeOptions, announce: (line: string) => void): Promise<ExitCode> {
  const config = readConfig(withOptions(process.env, options));
  const faults = serveFaults(config);
  if (faults.length > 0) throw configurationFailure(faults);
  // Loaded here, so that the commands of a client start without a server's weight.
  const { serve, startFault, untilSignal } = await import('./app/serve.ts');
  const stopped = untilSignal();
  try {
    const { app } = await serve(config, announce);
    const signal = await stopped;
    announce(
      `${signal}: letting what runs end, for at most ${config.shutdownGraceMs / 1_000} s. Once more ends at once.`,
    );
    await app.close(new Error(signal));
    return EXIT.succeeded;
  } catch (error) {
    const fault = startFault(error);
    if (fault !== undefined) throw new CommandFailure(EXIT.configuration, fault, { cause: error });
    throw error;
  }
}

/** What is to blame on a setting ends with its sentence, as at the start of a server. */
async function withStartFaults<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const fault = (await import('./app/serve.ts')).startFault(error);
    if (fault !== undefined) throw new CommandFailure(EXIT.configuration, fault, { cause: error });
    throw error;
  }
}

/** Settings of a file `.env` in the working directory; what the environment says goes before it. */
function readEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

async function main(): Promise<ExitCode> {
  readEnvFile();
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(await readFile(path.join(paths.root, 'package.json'), 'utf8')));
  const streams = { stdout: process.stdout, stderr: process.stderr };
  const parsed = parseConfig(process.env);
  const terminal = createTerminal(streams, { noColor: parsed.ok ? parsed.value.noColor : true });
  // A reader that has seen enough, such as head, is no fault.
  process.stdout.on('error', () => process.exit(EXIT.succeeded));
  const interrupt = new AbortController();
  const isServer = process.argv[2] === 'serve';
  if (!isServer) process.once('SIGINT', () => interrupt.abort(new Error('Ctrl-C')));
  if (!parsed.ok) {
    for (const { message } of parsed.error) terminal.error(message);
    return EXIT.configuration;
  }
  return runCli(process.argv.slice(2), {
    version,
    terminal,
    settings: parsed.value,
    fetch: globalThis.fetch,
    now: Date.now,
    signal: interrupt.signal,
    async examine(document) {
      const { registry, providers } = await openRegistry(paths, parsed.value);
      const { priceOf } = await import('./app/open-models.ts');
      return examine(document, registry, (model) => priceOf(model, providers[model.provider], new Date()));
    },
    serve: (options) => runServer(options, (line) => terminal.error(line)),
    bootstrapKey: () =>
      withStartFaults(async () => (await import('./app/bootstrap-key.ts')).makeBootstrapKey(parsed.value, paths)),
    rotateMasterKey: (onProgress) =>
      withStartFaults(async () =>
        (await import('./app/rotate-keys.ts')).rotateMaster({
          config: parsed.value,
          paths,
          onProgress,
          signal: interrupt.signal,
        }),
      ),
    rotateDataKey: (tenant, onProgress) =>
      withStartFaults(async () =>
        (await import('./app/rotate-keys.ts')).rotateData(tenant, {
          config: parsed.value,
          paths,
          onProgress,
          signal: interrupt.signal,
        }),
      ),
    verifyAudit: (expected) =>
      withStartFaults(async () => (await import('./app/verify-audit.ts')).verifyAudit(parsed.value, paths, expected)),
    gitShow: async (object) => (await import('./app/git-show.ts')).gitShow(object),
    doctor: async () => (await import('./app/doctor.ts')).examine(parsed.value, paths),
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
