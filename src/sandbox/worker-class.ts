import type { WorkerClass } from './launch.ts';
import type { SandboxCall, SandboxLayer } from './sandbox.ts';

/** The class of workers that may serve a call: what they have to see, and how much memory they have. */
export function classOf(
  { program, limits, grants }: SandboxCall,
  { layer, reusable }: { readonly layer: SandboxLayer; readonly reusable: ReadonlySet<string> },
): WorkerClass {
  const { memoryBytes } = limits;
  const runtime = program.type === 'tool' ? program.runtime : undefined;
  const profile = runtime === undefined ? 'js' : 'shell';
  // Everything is seen there: any idle worker will do.
  if (layer === 'development') return { profile, memoryBytes, folders: [], reused: false };
  const granted = grants.flatMap((grant) => (grant.kind === 'folder' ? [grant.path] : []));
  if (program.type === 'code') return { profile, memoryBytes, folders: granted, reused: false };
  const folders = [program.folder, ...granted];
  // What a shell leaves behind nobody can see.
  if (profile === 'shell') return { profile, memoryBytes, folders, reused: false, interpreter: runtime };
  if (!reusable.has(program.name)) return { profile, memoryBytes, folders, reused: false };
  const { tenant, name, version } = program;
  return { profile, memoryBytes, folders, reused: true, owner: JSON.stringify([tenant, name, version, grants]) };
}
