/** The issuer's keys cannot be had, so that nobody can tell whether a token is good. */
export class IssuerUnavailableError extends Error {
  override readonly name = 'IssuerUnavailableError';
  readonly code = 'UNAVAILABLE';
}
