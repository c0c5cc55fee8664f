import type { Attack } from './attack.ts';
import { channelAttacks } from './channel.ts';
import { engineAttacks } from './engine.ts';
import { fileAttacks } from './files.ts';
import { memoryAttacks } from './memory.ts';
import { networkAttacks } from './network.ts';
import { outputAttacks } from './output.ts';
import { processAttacks } from './processes.ts';
import { resultAttacks } from './results.ts';
import { signalAttacks } from './signals.ts';
import { timeAttacks } from './time.ts';
import { writingAttacks } from './writing.ts';

/** All attacks of the `js` profile. */
export const corpus: readonly Attack[] = [
  ...processAttacks,
  ...memoryAttacks,
  ...timeAttacks,
  ...channelAttacks,
  ...outputAttacks,
  ...fileAttacks,
  ...writingAttacks,
  ...networkAttacks,
  ...signalAttacks,
  ...engineAttacks,
  ...resultAttacks,
];
