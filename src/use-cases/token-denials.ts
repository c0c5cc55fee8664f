import { z } from 'zod';
import { toIssues } from '../blueprint/zod-issues.ts';
import type { Clock } from '../core/clock.ts';
import { coalesce } from '../core/coalesce.ts';
import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import { TokenDenialId, type TenantId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import { DENIAL_KINDS, type DenialStore, type TokenDenial } from '../store/denial-store.ts';
import { auditOf, namesOf } from './audit.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

export type { TokenDenial } from '../store/denial-store.ts';

/** What of a token the deny-list may name. */
export interface TokenNames {
  readonly tenant: TenantId;
  readonly subject: string;
  readonly jti?: string | undefined;
}
export type IsTokenDenied = (token: TokenNames) => Promise<boolean>;

const MAX_LOOKS = 1_000;

/** Whether a token is on the deny-list now. Thousands of open streams ask: those that ask at once share a statement. */
export const createIsTokenDenied = (denials: DenialStore, clock: Pick<Clock, 'now'>): IsTokenDenied =>
  coalesce((tokens: readonly TokenNames[]) => denials.areDenied(tokens, clock.now()), MAX_LOOKS);

export interface DenyTokenInput {
  readonly kind: string;
  readonly value: string;
  readonly expiresAt: number | undefined;
}

/** What a client may ask for about tokens that are not taken any more; all of it needs the scope `keys`. */
export interface TokenDenialUseCases {
  /** Newest first. */
  listTokenDenials(viewer: Viewer, page: PageArguments<TokenDenialId>): Promise<Page<TokenDenial>>;
  getTokenDenials(viewer: Viewer, ids: readonly TokenDenialId[]): Promise<readonly (TokenDenial | undefined)[]>;
  /** Twice is once; the later end of the two counts. */
  denyToken(viewer: Viewer, input: DenyTokenInput): Promise<Result<TokenDenial, InvalidInputError>>;
  /** Takes it from the list. */
  allowToken(viewer: Viewer, id: TokenDenialId): Promise<Result<TokenDenial, NotFoundError>>;
}

export interface TokenDenialDeps {
  readonly denials: DenialStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  readonly maxDenials: number;
  /** How long a token that is issued now may be taken. */
  readonly longestTokenMs: number;
}

const Input = z.object({
  kind: z.enum(DENIAL_KINDS),
  value: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed.'),
  expiresAt: z.number().optional(),
});

/** Makes all of them with the same surroundings. */
export function createTokenDenialUseCases(deps: TokenDenialDeps): TokenDenialUseCases {
  const { denials, clock, newId, maxDenials, longestTokenMs } = deps;
  return {
    async listTokenDenials(viewer, page) {
      requireScope(viewer, 'keys');
      return denials.list(viewer.tenant, page);
    },
    async getTokenDenials(viewer, ids) {
      requireScope(viewer, 'keys');
      return denials.getMany(viewer.tenant, ids);
    },
    async denyToken(viewer, given) {
      requireScope(viewer, 'keys');
      const input = Input.safeParse(given);
      if (!input.success) return err(invalid(toIssues(input.error, given)));
      const { kind, value } = input.data;
      const deniedAt = clock.now();
      // When no such token can be valid any more, nobody needs the entry.
      const expiresAt = input.data.expiresAt ?? (kind === 'jti' ? deniedAt + longestTokenMs : undefined);
      if (expiresAt !== undefined && expiresAt <= deniedAt) {
        const message = 'expiresAt lies in the past: give an instant that is to come, or none.';
        return err(invalid([{ rule: 'future-expiry', path: '/expiresAt', message }]));
      }
      const { tenant, subject: deniedBy } = viewer;
      const id = TokenDenialId.parse(newId());
      const denial = { id, tenant, kind, value, deniedAt, deniedBy, expiresAt };
      const audit = (nounId: TokenDenialId) =>
        auditOf(viewer, 'denyToken', { at: deniedAt, nounId, fields: namesOf(input.data) });
      const stored = await denials.insert(denial, { maxDenials, audit });
      return stored === undefined ? err(full(maxDenials)) : ok(stored);
    },
    async allowToken(viewer, id) {
      requireScope(viewer, 'keys');
      const audit = auditOf(viewer, 'allowToken', { at: clock.now(), nounId: id, fields: [] });
      const removed = await denials.remove(viewer.tenant, id, audit);
      return removed === undefined ? err(noDenial(id)) : ok(removed);
    },
  };
}

const invalid = (issues: readonly Issue[]): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: `No token was denied: ${issues.map(({ message }) => message).join(' ')}`,
  issues,
});

const full = (maxDenials: number): InvalidInputError =>
  invalid([
    {
      rule: 'max-token-denials',
      path: '',
      message: `Your tenant's deny-list has ${maxDenials} entries, the most that it may have (ICEOS_MAX_TOKEN_DENIALS). Allow one first.`,
    },
  ]);

const noDenial = (id: string): NotFoundError => ({
  kind: 'NotFoundError',
  message: `There is no entry of the deny-list with the ID "${id}" that you may see.`,
  id,
});
