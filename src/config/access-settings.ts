import { HOUR_MS } from '../core/units.ts';
import { number, type Described } from './setting.ts';

const DAY_MS = 24 * HOUR_MS;

const access = (name: string, meaning: string): Described => ({ group: 'Access', name, meaning });

/** Who may ask. */
export const ACCESS = {
  maxApiKeys: number(
    access('ICEOS_MAX_API_KEYS', 'Valid API keys that one tenant may have at once.'),
    { unit: 'keys', min: 1, max: 1_000_000 },
    1_000,
  ),
  maxKeyOverlapMs: number(
    access('ICEOS_MAX_KEY_OVERLAP_MS', 'How long a rotated API key may stay valid beside the one that replaces it.'),
    { unit: 'milliseconds', min: 0, max: 90 * DAY_MS },
    7 * DAY_MS,
  ),
};
