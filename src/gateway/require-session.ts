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

export interface RequireSessionDeps {
  readonly authenticate: Authenticate;
  readonly addressOf: ClientAddress;
  readonly failed: FailedAttempts;
  readonly maxFailedAuthentications: number;
}

export const createRequireSession =
  ({ authenticate, addressOf, failed, maxFailedAuthentications: most }: RequireSessionDeps): RequireSession =>
  async (request, credential, by = authenticate) => {
    // Looked at first: others behind the same address must not be shut out by one who guesses.
    const session = credential === undefined ? undefined : await by(credential);
    if (session !== undefined) return session;
    const waitMs = failed.count(addressOf(request));
    if (waitMs === undefined) throw unauthenticated(credential);
    const message = `More than ${most} requests without a valid credential have come from your address in a minute (ICEOS_MAX_FAILED_AUTHENTICATIONS).`;
    throw limited(message, waitMs);
  };
