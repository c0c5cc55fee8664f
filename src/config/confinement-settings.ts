import { totalmem } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { GIB, HOUR_MS, MIB, SECOND_MS } from '../core/units.ts';
import { list, number, oneOf, optional, type Described } from './setting.ts';

const sandbox = (name: string, meaning: string): Described => ({ group: 'Sandbox', name, meaning });

/** Half of what this process may have: the machine's RAM, or less where a control group says so. */
function halfOfMemory(): number {
  // Zero or absent where nothing bounds it; some kernels then name a number far above the RAM.
  const allowed = process.constrainedMemory();
  return Math.floor(Math.min(totalmem(), allowed > 0 ? allowed : Infinity) / 2);
}

/** `name=path` of a program. */
const Interpreter = z
  .string()
  .regex(/^[a-z][a-z0-9_.-]*=\/.+$/, 'must be name=absolute path, for example python3=/usr/bin/python3')
  .transform((value) => {
    const at = value.indexOf('=');
    return { name: value.slice(0, at), path: path.resolve(value.slice(at + 1)) };
  });

const ToolName = z.string().regex(/^[a-z][a-z0-9_.-]*$/i, 'must be the name of a tool, such as text.template');

/** How strongly tools and code are confined, and how much all of their workers may take. */
export const CONFINEMENT = {
  leastLayer: oneOf(
    sandbox(
      'ICEOS_SANDBOX_LEAST_LAYER',
      'With confined: below this layer nothing runs, and the server does not start. cgroup is full with control groups that bound the RAM of a whole tree. Tools in other languages need full always.',
    ),
    ['base', 'full', 'cgroup'],
    'base',
  ),
  sandboxTotalMemoryBytes: {
    ...number(
      sandbox('ICEOS_SANDBOX_TOTAL_MEMORY', 'What all workers together may have, idle ones too; further calls queue.'),
      { unit: 'bytes', min: 128 * MIB, max: 64 * 1_024 * GIB },
      0,
    ),
    shown: 'half of the RAM, or of the limit of the own control group',
    absent: halfOfMemory,
  },
  scratchBytes: number(
    sandbox(
      'ICEOS_SANDBOX_SCRATCH_BYTES',
      'Size of the folder that a call may write to, and of its largest file. It is RAM.',
    ),
    { unit: 'bytes', min: MIB, max: 16 * GIB },
    64 * MIB,
  ),
  processes: number(
    sandbox('ICEOS_SANDBOX_PROCESSES', 'Processes and threads of one call at once. Node itself has about 11 threads.'),
    { unit: 'processes', min: 24, max: 1_024 },
    64,
  ),
  reusableTools: list(
    sandbox(
      'ICEOS_REUSABLE_TOOLS',
      'Tools whose workers serve one call after another, for the same tenant, version and grants. Without an entry each call has a fresh worker.',
    ),
    'names, by comma',
    ToolName,
  ),
  reuseCalls: number(
    sandbox('ICEOS_REUSE_CALLS', 'Calls that the worker of a reusable tool serves before it is replaced.'),
    { unit: 'calls', min: 1, max: 1_000_000 },
    1_000,
  ),
  reuseSeconds: number(
    sandbox('ICEOS_REUSE_SECONDS', 'How long the worker of a reusable tool serves before it is replaced.'),
    { unit: 'seconds', min: 1, max: (24 * HOUR_MS) / SECOND_MS },
    300,
  ),
  interpreters: {
    ...list(
      sandbox(
        'ICEOS_SHELL_INTERPRETERS',
        'Programs that run tools in other languages, under the name that tool.json uses. Those that are named must be there.',
      ),
      'name=path, by comma',
      Interpreter,
    ),
    shown: 'sh=/bin/sh,python3=/usr/bin/python3, where they are',
  },
  launcher: {
    ...optional(
      sandbox('ICEOS_LAUNCHER', 'A launcher that you have built yourself, instead of the one of the package.'),
      'path',
      z.string(),
    ),
    schema: z.string().transform((value) => path.resolve(value)),
  },
  launcherSha256: optional(
    sandbox('ICEOS_LAUNCHER_SHA256', 'The digest that the launcher of ICEOS_LAUNCHER must have.'),
    '64 hexadecimal digits',
    z
      .string()
      .toLowerCase()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal digits'),
  ),
};
