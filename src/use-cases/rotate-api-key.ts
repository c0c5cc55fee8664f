import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { ApiKeyId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { invalidKey, isUsable, noApiKey, toApiKey, tooManyKeys, type NewApiKey } from './api-key.ts';
import { auditOf } from './audit.ts';
import { makeKey, type CreateApiKeyDeps } from './create-api-key.ts';
import { isScope, ForbiddenError, requireScope, type Viewer } from './viewer.ts';

export interface RotateApiKeyInput {
  readonly id: ApiKeyId;
  /** How long the old key stays valid beside the new one. Default 0. */
  readonly overlapMs: number | undefined;
}

export type RotateApiKeyError = NotFoundError | InvalidInputError;
export type RotateApiKey = (viewer: Viewer, input: RotateApiKeyInput) => Promise<Result<NewApiKey, RotateApiKeyError>>;

export interface RotateApiKeyDeps extends CreateApiKeyDeps {
  readonly maxOverlapMs: number;
}

/**
 * Makes a key with the name, scopes and expiry of another one, and ends that one after the overlap. The new key is a row of
 * its own: when its text is lost, the same can be asked again, and what is in use stays as it is.
 */
export const createRotateApiKey =
  (deps: RotateApiKeyDeps): RotateApiKey =>
  async (viewer, { id, overlapMs = 0 }) => {
    requireScope(viewer, 'keys');
    const { credentials, maxOverlapMs, maxKeys } = deps;
    if (!Number.isSafeInteger(overlapMs) || overlapMs < 0 || overlapMs > maxOverlapMs) {
      const message = `overlapMs is ${overlapMs}; it must be a whole number from 0 to ${maxOverlapMs} (ICEOS_MAX_KEY_OVERLAP_MS).`;
      return err(invalidKey([{ rule: 'key-overlap', path: '/overlapMs', message }]));
    }
    const [old] = await credentials.getApiKeys(viewer.tenant, [id]);
    if (old === undefined) return err(noApiKey(id));
    // Who held the new text could do what the key may do, so that much its maker must be allowed.
    for (const scope of old.scopes) requireOwn(viewer, scope);
    const { tenant, name, scopes, expiresAt } = old;
    const made = makeKey(deps, { tenant, name, scopes, expiresAt });
    const now = made.record.createdAt;
    if (!isUsable(old, now)) return err(ended());
    const replaces = { id, endsAt: now + overlapMs };
    const fields = ['expiresAt', 'name', 'revokedAt', 'scopes'];
    const audit = auditOf(viewer, 'rotateApiKey', { at: now, nounId: made.record.id, fields });
    const answer = await credentials.insertApiKey(made.record, { maxKeys, replaces, audit });
    if (answer === 'inserted') return ok({ apiKey: toApiKey(made.record), key: made.key });
    return err(answer === 'full' ? tooManyKeys(maxKeys) : ended());
  };

function requireOwn(viewer: Viewer, scope: string): void {
  if (isScope(scope)) requireScope(viewer, scope);
  // Of a later release: nobody has it here.
  else throw new ForbiddenError('keys', `The key has the scope ${scope}, which this server does not know.`);
}

const ended = (): InvalidInputError =>
  invalidKey([
    {
      rule: 'valid-key',
      path: '/id',
      message: 'This key has expired or was revoked. Make another one with createApiKey.',
    },
  ]);
