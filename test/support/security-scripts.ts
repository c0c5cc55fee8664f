import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SandboxCall } from '../../src/sandbox/sandbox.ts';
import type { Attack } from '../security/attacks/attack.ts';

/** The tools that attacks are which are scripts, by the names of the attacks. */
export type Scripts = ReadonlyMap<string, SandboxCall['program']>;

/** Writes the scripts among some attacks into a folder, which whoever asks for them removes. */
export async function layScripts(
  attacks: readonly Attack[],
): Promise<{ readonly folder: string; readonly scripts: Scripts }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'scripts-'));
  await chmod(folder, 0o755); // a worker of a server that is root is another user
  const scripts = new Map<string, SandboxCall['program']>();
  for (const [index, { name, runtime, source }] of attacks.entries()) {
    if (runtime === undefined) continue;
    const entry = `script-${index}`;
    await writeFile(path.join(folder, entry), source, { mode: 0o644 });
    scripts.set(name, { type: 'tool', name: 'attack', version: '1.0.0', folder, entry, runtime, tenant: 'attacker' });
  }
  return { folder, scripts };
}
