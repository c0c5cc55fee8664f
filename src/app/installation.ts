import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the files of this installation are; all absolute. */
export interface InstallationPaths {
  readonly root: string;
  readonly worker: string;
  /** The folder of the sandbox's launchers. */
  readonly launchers: string;
  readonly databaseThread: string;
  readonly embeddingThread: string;
  readonly loopGuardThread: string;
  readonly tools: string;
  readonly migrations: string;
}

/** Finds the folder that holds `package.json`, from the source as from the bundles in `dist`. */
export function findInstallation(): InstallationPaths {
  let root = path.dirname(fileURLToPath(import.meta.url));
  // eslint-disable-next-line no-restricted-syntax -- at start-up, once, before anything waits
  while (!existsSync(path.join(root, 'package.json'))) {
    const parent = path.dirname(root);
    if (parent === root) throw new Error('The installation is incomplete: no package.json above the program.');
    root = parent;
  }
  const dist = path.join(root, 'dist');
  return {
    root,
    worker: path.join(dist, 'worker.cjs'),
    launchers: path.join(dist, 'launchers'),
    databaseThread: path.join(dist, 'embedded-database-thread.js'),
    embeddingThread: path.join(dist, 'embedding-thread.js'),
    loopGuardThread: path.join(dist, 'loop-guard-thread.js'),
    tools: path.join(dist, 'tools'),
    migrations: path.join(root, 'migrations'),
  };
}
