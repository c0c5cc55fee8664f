import { formatHostPort, type HostPort } from '../core/host-port.ts';
import { ok, type Result } from '../core/result.ts';
import { isSameHostPort, placeOf } from './address-rules.ts';
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
  const place = placeOf(text);
  if (place === undefined) return fail('invalidRequest', `Only http and https can be asked for, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '')
    return fail('invalidRequest', 'A URL may not carry a user name or a password; send an Authorization header.');
  const secure = url.protocol === 'https:';
  const { host, port } = place;
  if (!granted.some((grant) => isSameHostPort(grant, { host, port }))) {
    const shown = formatHostPort(place);
    return fail(
      'notGranted',
      `${shown} is not granted: the node must ask for it under "grants", and the policy must allow it (iceos policy allow host ${shown}).`,
    );
  }
  return ok({ url, secure, host, port });
}
