import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { build } from 'esbuild';
import type { Answer, Ready, Request } from './product.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const BUNDLE = path.join(ROOT, 'bench', '.work', 'product.js');

/** As `npm start` has it. */
const HEAP = ['--max-semi-space-size=8', '--max-old-space-size=1024'];

/** The product in a process of its own, as it is deployed: one bundle, no loader. */
export interface ProductProcess {
  readonly url: string | undefined;
  ask(request: Request): Promise<number>;
  /** kill -9, as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export async function bundleProduct(): Promise<void> {
  await build({
    entryPoints: [path.join(ROOT, 'bench', 'product.ts')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  });
}

export async function startProduct(
  environment: Readonly<Record<string, string>>,
  { delayMs = 0 } = {},
): Promise<ProductProcess> {
  const env = {
    PATH: process.env['PATH'],
    ICEOS_SANDBOX: 'best-available',
    ICEOS_PORT: '0',
    ICEOS_WARM_WORKERS: '0',
    ...environment,
  };
  const child = fork(BUNDLE, [String(delayMs)], { env, execArgv: HEAP });
  const ready = await messageOf<Ready>(child);
  return {
    url: ready.url,
    async ask(request) {
      const answered = messageOf<Answer>(child);
      child.send(request);
      return (await answered).value;
    },
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

async function messageOf<M>(child: ChildProcess): Promise<M> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`The product process ended with code ${code}.`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as M); // our own bundle sends what its types say
    });
  });
}
