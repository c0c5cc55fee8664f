import { existsSync, realpathSync } from 'node:fs';
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

/** Where a system keeps the programs of a shell and what they load; Debian's awk is a link by way of the last one. */
const SYSTEM_FOLDERS = ['/usr/bin', '/usr/lib', '/usr/lib64', '/bin', '/lib', '/lib64', '/etc/alternatives'];

/** What a tool in another language needs of the machine. */
export interface InterpreterFiles {
  /** What runs the tool, as it is seen in the private root. */
  readonly program: string;
  /** Folders with programs and libraries: read and executed, never written. */
  readonly folders: readonly string[];
}

/** The files of an interpreter; one that lies outside of the system's folders brings the folder that it is installed in. */
export function findInterpreterFiles(file: string): InterpreterFiles {
  // eslint-disable-next-line no-restricted-syntax -- once for each interpreter
  const program = realpathSync(file);
  // eslint-disable-next-line no-restricted-syntax -- as above
  const system = SYSTEM_FOLDERS.filter((folder) => existsSync(folder));
  const own = ownFolderOf(program);
  return { program, folders: own === undefined ? system : [...system, own] };
}

/** The folder that a program outside of the system's folders is installed in: `/opt/x` for `/opt/x/bin/program`. */
export function ownFolderOf(program: string): string | undefined {
  if (SYSTEM_FOLDERS.some((folder) => isWithin(program, folder))) return undefined;
  const folder = path.dirname(program);
  return path.basename(folder) === 'bin' ? path.dirname(folder) : folder;
}

const isWithin = (file: string, folder: string): boolean => file.startsWith(`${folder}/`);

export interface RoomOf {
  readonly layer: 'base' | 'full';
  readonly node: NodeFiles;
  readonly workerBundle: string;
  /** Absolute folders that this class of workers sees. */
  readonly folders: readonly string[];
  /** Of the `shell` profile. */
  readonly interpreter?: InterpreterFiles | undefined;
  /** Whether there is a folder to write to, in the full layer. */
  readonly scratch: boolean;
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

/** A tool's own, and as many granted ones as a node may ask for. The launcher has room for them (launcher/launcher.h). */
const MAX_FOLDERS = 1 + 64;

/** Nothing but Node, the worker's bundle, the folders and, in the full layer, a scratch and its own processes. */
export function roomOf({ layer, node, workerBundle, folders, interpreter, scratch }: RoomOf): Room {
  if (folders.length > MAX_FOLDERS) {
    throw new Error(
      `A call may see ${MAX_FOLDERS} folders, its tool's own included, and this one was granted ${folders.length}: name fewer of them in the grants of the node.`,
    );
  }
  const isFull = layer === 'full';
  // In a private root paths say nothing of the machine; without one they are the machine's.
  const bundle = isFull ? '/worker.cjs' : workerBundle;
  const places = new Map(folders.map((folder, index) => [folder, isFull ? `/folders/${index + 1}` : folder]));
  const system = interpreter?.folders ?? [];
  const rule = (access: PathRule['access'], paths: readonly string[]): readonly PathRule[] =>
    paths.map((each) => ({ path: each, access }));
  const rules: readonly PathRule[] = [
    ...rule('execute', [node.binary, ...node.libraries.filter(isLoader), ...system]),
    ...rule('read', [
      ...node.libraries.filter((library) => !isLoader(library)),
      ...DEVICES,
      bundle,
      ...places.values(),
    ]),
    ...rule('read', isFull ? ['/proc'] : OPENSSL_SETTINGS),
    ...rule('write', isFull && scratch ? ['/scratch'] : []),
    // A shell sends what it does not want to see there.
    ...rule('write', interpreter === undefined ? [] : ['/dev/null']),
  ];
  const same = (file: string, executable: boolean): Bind => ({ source: file, target: file, executable });
  const isThere = (file: string): boolean => system.some((folder) => isWithin(file, folder));
  const binds: readonly Bind[] = isFull
    ? [
        ...system.map((folder) => same(folder, true)),
        ...[node.binary, ...node.libraries].filter((file) => !isThere(file)).map((file) => same(file, true)),
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
