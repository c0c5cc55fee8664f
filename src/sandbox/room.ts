import { realpathSync } from 'node:fs';
import path from 'node:path';
import type { Bind, LaunchPlan, PathRule } from './launch-plan.ts';

/** What a Node needs of its machine to start. */
export interface NodeFiles {
  readonly binary: string;
  /** Shared libraries, the dynamic loader among them, under the names that it is looked for by. */
  readonly libraries: readonly string[];
}

/** The files of this very process. Takes some milliseconds: to be asked once. */
export function findNodeFiles(): NodeFiles {
  // eslint-disable-next-line no-restricted-syntax -- once, at the start
  const binary = realpathSync(process.execPath);
  // Else it asks for the names of whatever this process is connected with, and waits for the answers. Not in the types yet.
  Object.assign(process.report, { excludeNetwork: true });
  const report: unknown = process.report.getReport();
  Object.assign(process.report, { excludeNetwork: false });
  const shared =
    typeof report === 'object' && report !== null && 'sharedObjects' in report ? report.sharedObjects : undefined;
  const names = Array.isArray(shared) ? shared.filter((name): name is string => typeof name === 'string') : [];
  // Not what this process has loaded for itself, such as native modules.
  const isLibrary = (name: string): boolean => path.isAbsolute(name) && /\.so(\.\d+)*$/.test(name);
  return { binary, libraries: names.filter(isLibrary) };
}

export interface RoomOf {
  readonly layer: 'base' | 'full';
  readonly node: NodeFiles;
  readonly workerBundle: string;
  /** Absolute folders that this class of workers sees. */
  readonly folders: readonly string[];
}

/** What a worker sees of the machine, and under which names. */
export interface Room extends Pick<LaunchPlan, 'binds' | 'rules'> {
  readonly workerBundle: string;
  /** Where it sees one of the folders. */
  inside(folder: string): string;
}

const DEVICES = ['/dev/null', '/dev/zero', '/dev/urandom', '/dev/random'];
/** Node ends with 13 when it may not read the file, wherever there is one. */
const OPENSSL_SETTINGS = ['/etc/ssl/openssl.cnf', '/usr/local/ssl/openssl.cnf', '/usr/lib/ssl/openssl.cnf'];

const isLoader = (library: string): boolean => /^ld-(linux|musl)/.test(path.basename(library));

/** Nothing but Node, the worker's bundle, the folders and, in the full layer, a scratch and its own processes. */
export function roomOf({ layer, node, workerBundle, folders }: RoomOf): Room {
  const isFull = layer === 'full';
  // In a private root paths say nothing of the machine; without one they are the machine's.
  const bundle = isFull ? '/worker.cjs' : workerBundle;
  const places = new Map(folders.map((folder, index) => [folder, isFull ? `/folders/${index + 1}` : folder]));
  const read = (paths: readonly string[]): readonly PathRule[] => paths.map((each) => ({ path: each, access: 'read' }));
  const rules: readonly PathRule[] = [
    ...[node.binary, ...node.libraries.filter(isLoader)].map((each): PathRule => ({ path: each, access: 'execute' })),
    ...read(node.libraries.filter((library) => !isLoader(library))),
    ...read([...DEVICES, bundle, ...places.values()]),
    ...(isFull ? [...read(['/proc']), { path: '/scratch', access: 'write' } as const] : read(OPENSSL_SETTINGS)),
  ];
  const same = (file: string, executable: boolean): Bind => ({ source: file, target: file, executable });
  const binds: readonly Bind[] = isFull
    ? [
        ...[node.binary, ...node.libraries].map((file) => same(file, true)),
        ...DEVICES.map((device) => same(device, false)),
        { source: workerBundle, target: bundle, executable: false },
        ...[...places].map(([source, target]) => ({ source, target, executable: false })),
      ]
    : [];
  return {
    binds,
    rules,
    workerBundle: bundle,
    inside(folder) {
      const place = places.get(folder);
      if (place === undefined) throw new Error(`A worker does not see the folder ${folder}.`);
      return place;
    },
  };
}
