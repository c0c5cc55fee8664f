import path from 'node:path';
import { z } from 'zod';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../core/units.ts';
import { number, optional, type Described } from './setting.ts';

const audit = (name: string, meaning: string): Described => ({ group: 'Audit', name: `ICEOS_AUDIT_${name}`, meaning });

/** How the audit log is kept and sealed. */
export const AUDIT = {
  auditKeyFile: {
    ...optional(
      audit(
        'KEY_FILE',
        'File with the key of the seals: at least 32 bytes, readable by its owner alone (chmod 600), the same for all processes. Without it the log is kept, but not sealed.',
      ),
      'path',
      z.string(),
    ),
    schema: z.string().transform((value) => path.resolve(value)),
  },
  auditSealEveryMs: number(
    audit(
      'SEAL_EVERY_MS',
      'How often new rows are sealed, give or take a half; each row is by the second turn after it was written.',
    ),
    { unit: 'milliseconds', min: 100, max: HOUR_MS },
    5 * SECOND_MS,
  ),
  auditMaxRangeRows: number(
    audit('MAX_RANGE_ROWS', 'Rows of one sealed range.'),
    { unit: 'rows', min: 1, max: 100_000 },
    1_000,
  ),
  auditRetentionMs: number(
    audit('RETENTION_MS', 'How long sealed rows are kept; they go in whole ranges. What is not sealed stays.'),
    { unit: 'milliseconds', min: HOUR_MS, max: 36_500 * DAY_MS },
    365 * DAY_MS,
  ),
  auditDenialsPerMinute: number(
    audit('DENIALS_PER_MINUTE', 'Refused requests of one tenant that one process records in a minute; others are not.'),
    { unit: 'rows', min: 0, max: 10_000 },
    10,
  ),
};
