import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import path from 'node:path';
import { build, DIST, ROOT } from './build.ts';

// Several editors write a file in more than one step.
const SETTLE_MS = 150;

let child: ChildProcess | undefined;
let timer: NodeJS.Timeout | undefined;
let restarting: Promise<void> = Promise.resolve();

async function stop(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function restart(): Promise<void> {
  try {
    const { ms } = await build();
    console.error(`Built in ${ms} ms.`);
  } catch {
    // esbuild has printed what is wrong; the server that runs goes on until the next save.
    return;
  }
  await stop();
  child = spawn(
    process.execPath,
    ['--enable-source-maps', path.join(DIST, 'main.js'), 'serve', ...process.argv.slice(2)],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ICEOS_SANDBOX: 'best-available', ...process.env },
    },
  );
}

function schedule(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    restarting = restarting.then(restart);
  }, SETTLE_MS);
}

for (const folder of ['src', 'migrations']) watch(path.join(ROOT, folder), { recursive: true }, schedule);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void stop().then(() => process.exit(0));
  });
}
await restart();
