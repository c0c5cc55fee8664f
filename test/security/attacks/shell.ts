import type { Attack } from './attack.ts';
import { shellBoundAttacks } from './shell-bounds.ts';
import { shellFileAttacks } from './shell-files.ts';
import { shellKernelAttacks } from './shell-kernel.ts';
import { shellProcessAttacks } from './shell-processes.ts';
import { shellResourceAttacks } from './shell-resources.ts';

/** All attacks of the `shell` profile: scripts of sh and Python. */
export const shellCorpus: readonly Attack[] = [
  ...shellProcessAttacks,
  ...shellFileAttacks,
  ...shellKernelAttacks,
  ...shellResourceAttacks,
  ...shellBoundAttacks,
];
