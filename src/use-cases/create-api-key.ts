import { z } from 'zod';
import { toIssues } from '../blueprint/zod-issues.ts';
import type { Clock } from '../core/clock.ts';
import type { InvalidInputError } from '../core/errors.ts';
import { ApiKeyId, DEFAULT_TENANT, type TenantId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ApiKeyRecord, CredentialStore } from '../store/credential-store.ts';
import { invalidKey, toApiKey, tooManyKeys, type NewApiKey } from './api-key.ts';
import { auditOf, namesOf } from './audit.ts';
import { formatApiKey, hashSecret, newSecret } from './api-key-text.ts';
import { requireScope, SCOPES, type Viewer } from './viewer.ts';

export interface MakeApiKeyDeps {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly newId: () => string;
}

export interface CreateApiKeyDeps extends MakeApiKeyDeps {
  /** The most valid keys that one tenant may have. */
  readonly maxKeys: number;
}

/** What a new key shall be. */
export interface CreateApiKeyInput {
  /** Stands in revisions and events as the author. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt: number | undefined;
}

export type CreateApiKey = (viewer: Viewer, input: CreateApiKeyInput) => Promise<Result<NewApiKey, InvalidInputError>>;

const Input = z.object({
  name: z
    .string()
    .max(128)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed.')
    .regex(/\S/, 'A name has at least one visible character.'),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  expiresAt: z.number().optional(),
});

/** Makes a key for the viewer's tenant. A viewer cannot give scopes that it lacks. */
export const createCreateApiKey =
  (deps: CreateApiKeyDeps): CreateApiKey =>
  async (viewer, given) => {
    requireScope(viewer, 'keys');
    const input = Input.safeParse(given);
    if (!input.success) return err(invalidKey(toIssues(input.error, given)));
    const { name, scopes, expiresAt } = input.data;
    for (const scope of scopes) requireScope(viewer, scope);
    if (expiresAt !== undefined && expiresAt <= deps.clock.now()) {
      const message = 'expiresAt lies in the past: give an instant that is to come, or none.';
      return err(invalidKey([{ rule: 'future-expiry', path: '/expiresAt', message }]));
    }
    const made = makeKey(deps, { tenant: viewer.tenant, name, scopes: [...new Set(scopes)], expiresAt });
    const { id: nounId, createdAt: at } = made.record;
    const audit = auditOf(viewer, 'createApiKey', { at, nounId, fields: namesOf(input.data) });
    const answer = await deps.credentials.insertApiKey(made.record, { maxKeys: deps.maxKeys, audit });
    return answer === 'inserted'
      ? ok({ apiKey: toApiKey(made.record), key: made.key })
      : err(tooManyKeys(deps.maxKeys));
  };

/**
 * Keeps the text of a first key before the store has it: a crash between leaves an unused text, not a store that nobody
 * can open. Answers with what to do once it is known whether it became the first key, or another start's did.
 */
export type KeepKey = (key: string) => Promise<(isFirst: boolean) => Promise<void>>;

/** On a store without any key: makes the first one, with all scopes. Undefined when there is a key already. */
export const createEnsureFirstApiKey =
  (deps: MakeApiKeyDeps) =>
  async (keep?: KeepKey): Promise<NewApiKey | undefined> => {
    if (!(await deps.credentials.isEmpty())) return undefined;
    const made = makeKey(deps, { tenant: DEFAULT_TENANT, name: 'first', scopes: SCOPES, expiresAt: undefined });
    const settle = await keep?.(made.key);
    const { tenant, id: nounId, createdAt: at } = made.record;
    const audit = auditOf({ tenant, subject: 'iceos' }, 'createFirstApiKey', {
      at,
      nounId,
      fields: ['name', 'scopes'],
    });
    const isFirst = await deps.credentials.insertFirstApiKey(made.record, audit);
    await settle?.(isFirst);
    return isFirst ? { apiKey: toApiKey(made.record), key: made.key } : undefined;
  };

/** A key that is not stored yet. */
export function makeKey(
  { newId, clock }: Pick<MakeApiKeyDeps, 'newId' | 'clock'>,
  wanted: CreateApiKeyInput & { readonly tenant: TenantId },
): { readonly key: string; readonly record: ApiKeyRecord } {
  const id = ApiKeyId.parse(newId());
  const secret = newSecret();
  const { tenant, name, scopes, expiresAt } = wanted;
  return {
    key: formatApiKey({ id, secret }),
    record: {
      ...{ id, tenant, name, scopes, expiresAt },
      secretHash: hashSecret(secret),
      createdAt: clock.now(),
      revokedAt: undefined,
      usedAt: undefined,
    },
  };
}
