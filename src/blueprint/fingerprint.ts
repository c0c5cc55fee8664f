import { createHash } from 'node:crypto';
import type { Blueprint } from './blueprint.ts';
import { canonicalBlueprint, canonicalText } from './canonical.ts';

/** SHA-256 (hex) of the canonical form: equal fingerprints mean that nothing meaningful differs. */
export const fingerprintOf = (blueprint: Blueprint): string =>
  createHash('sha256')
    .update(canonicalText(canonicalBlueprint(blueprint)))
    .digest('hex');
