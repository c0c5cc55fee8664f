import type { Authenticate, Session } from '../use-cases/authenticate.ts';
import { unauthenticated } from './admit.ts';
import type { AddressedRequest, ClientAddress } from './client-address.ts';
import type { FailedAttempts } from './failed-attempts.ts';
import { limited } from './problem.ts';

/** Who asks. Thrown: that nobody says so, or that it was tried from there too often. Each transport comes through here. */
export type RequireSession = (
  request: AddressedRequest,
  credential: string | undefined,
  by?: Authenticate,
) => Promise<Session>;

/** Why nobody knows who asks: nothing was shown, what was shown does not hold, or too much of both came from there. */
export type FailedAuthentication = 'missing' | 'invalid' | 'limited';

export interface RequireSessionDeps {
  readonly authenticate: Authenticate;
  readonly addressOf: ClientAddress;
  readonly failed: FailedAttempts;
  readonly maxFailedAuthentications: number;
  readonly onFailedAuthentication: (cause: FailedAuthentication) => void;
}

export const createRequireSession =
  ({
    authenticate,
    addressOf,
    failed,
    onFailedAuthentication,
    maxFailedAuthentications: most,
  }: RequireSessionDeps): RequireSession =>
  async (request, credential, by = authenticate) => {
    // Looked at first: others behind the same address must not be shut out by one who guesses.
    const session = credential === undefined ? undefined : await by(credential);
    if (session !== undefined) return session;
    const waitMs = failed.count(addressOf(request));
    if (waitMs === undefined) {
      onFailedAuthentication(credential === undefined ? 'missing' : 'invalid');
      throw unauthenticated(credential);
    }
    onFailedAuthentication('limited');
    const message = `More than ${most} requests without a valid credential have come from your address in a minute (ICEOS_MAX_FAILED_AUTHENTICATIONS).`;
    throw limited(message, waitMs);
  };
