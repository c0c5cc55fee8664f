import path from 'node:path';
import { z } from 'zod';
import { KIB } from '../core/units.ts';
import { number, optional, type Described, type Setting } from './setting.ts';

const secrets = (name: string, meaning: string): Described => ({ group: 'Secrets', name: `ICEOS_${name}`, meaning });

const file = (about: Described): Setting<string | undefined> => ({
  ...optional(about, 'path', z.string()),
  schema: z.string().transform((value) => path.resolve(value)),
});

/** How the secrets of tenants are kept. */
export const SECRETS = {
  secretKeyFile: file(
    secrets(
      'SECRET_KEY_FILE',
      'File with the master key of the secrets: 32 bytes in base64, readable by its owner alone (chmod 600), the same for all processes. Without it no secret can be set; the embedded database makes secret.key in the data folder.',
    ),
  ),
  secretKey: optional(
    secrets(
      'SECRET_KEY',
      'The same key itself, where there is no place for a file. Environments are seen by more eyes.',
    ),
    '32 bytes in base64',
    z.string(),
  ),
  secretPreviousKeyFile: file(
    secrets(
      'SECRET_PREVIOUS_KEY_FILE',
      'File with a second master key, which opens and does not seal: the one before, until iceos secrets rotate-master-key has ended.',
    ),
  ),
  maxSecrets: number(
    secrets('MAX_SECRETS', 'Secrets that one tenant may have.'),
    { unit: 'secrets', min: 1, max: 100_000 },
    1_000,
  ),
  maxSecretBytes: number(
    secrets(
      'MAX_SECRET_BYTES',
      'The longest value of a secret. What no header carries serves tools that are granted reveal.',
    ),
    { unit: 'bytes', min: 8, max: 64 * KIB },
    16 * KIB,
  ),
};
