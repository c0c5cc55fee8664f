import { ok, type Result } from '../core/result.ts';
import { canonicalHost, isSameHostPort, type HostPort } from './address-rules.ts';
import { fail, type EgressFailure } from './failure.ts';

/** A URL that may be asked for: its scheme and its grant are checked, its address is not yet. */
export interface Target extends HostPort {
  readonly url: URL;
  readonly secure: boolean;
}

/** Checks scheme, form and grant of a URL. */
export function parseTarget(text: string, granted: readonly HostPort[]): Result<Target, EgressFailure> {
  if (!URL.canParse(text)) return fail('invalidRequest', `${JSON.stringify(text.slice(0, 200))} is no absolute URL.`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return fail('invalidRequest', `Only http and https can be asked for, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '')
    return fail('invalidRequest', 'A URL may not carry a user name or a password; send an Authorization header.');
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const host = canonicalHost(url.hostname);
  if (!granted.some((grant) => isSameHostPort(grant, { host, port }))) {
    return fail('notGranted', `${host}:${port} is not granted. The operator allows hosts in ICEOS_EGRESS_HOSTS.`);
  }
  return ok({ url, secure, host, port });
}
