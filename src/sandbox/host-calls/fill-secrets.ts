import { formatHostPort } from '../../core/host-port.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { isSameHostPort, placeOf } from '../../egress/address-rules.ts';
import type { HttpRequest } from '../../protocol/host-calls.ts';
import type { Grant } from '../grant.ts';
import { noValue } from './reveal-secret.ts';

const PLACEHOLDER = /\{\{secret:([^{}]*)\}\}/g;
/** What a header may carry: no control characters, nothing beyond Latin-1. */
const HEADER_TEXT = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

export interface FilledHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that hold a secret now, in lower case: no redirect to another origin may carry them. */
  readonly credentials: readonly string[];
}

/**
 * Puts secrets where a tool wrote `{{secret:name}}`: in the header and for the hosts that the policy binds them to, and
 * nowhere else. The sentence of a refusal never holds a value.
 */
export function fillSecrets(
  request: Pick<HttpRequest, 'url' | 'headers' | 'bodyBase64'>,
  grants: readonly Grant[],
): Result<FilledHeaders, string> {
  const elsewhere = placeholderOutside(request);
  if (elsewhere !== undefined) return err(elsewhere);
  const headers: [string, string][] = [];
  const credentials: string[] = [];
  for (const [name, value] of Object.entries(request.headers)) {
    const filled = fillHeader({ name, value, url: request.url }, grants);
    if (!filled.ok) return filled;
    if (filled.value !== value) credentials.push(name.toLowerCase());
    headers.push([name, filled.value]);
  }
  return ok({ headers: Object.fromEntries(headers), credentials });
}

/** A URL ends in logs of others, and a body may be given back by whoever gets it: neither holds a secret. */
function placeholderOutside({
  url,
  headers,
  bodyBase64 = '',
}: Pick<HttpRequest, 'url' | 'headers' | 'bodyBase64'>): string | undefined {
  const hint = 'Write it into the header to which the policy binds it.';
  if (hasPlaceholder(url)) return `The URL holds a {{secret:...}}. ${hint}`;
  if (Object.keys(headers).some(hasPlaceholder)) return `The name of a header holds a {{secret:...}}. ${hint}`;
  if (hasPlaceholder(Buffer.from(bodyBase64, 'base64').toString('latin1'))) {
    return `The body holds a {{secret:...}}. ${hint}`;
  }
  return undefined;
}

const hasPlaceholder = (text: string): boolean => /\{\{secret:/i.test(text) || /%7b%7bsecret(:|%3a)/i.test(text);

function fillHeader(
  { name, value, url }: { readonly name: string; readonly value: string; readonly url: string },
  grants: readonly Grant[],
): Result<string, string> {
  let refusal: string | undefined;
  const filled = value.replaceAll(PLACEHOLDER, (_, secret: string) => {
    const found = secretFor({ secret, header: name, url }, grants);
    if (found.ok) return found.value;
    refusal ??= found.error;
    return '';
  });
  if (refusal !== undefined) return err(refusal);
  // What is left is one that is not closed, or a name with braces in it.
  if (filled === value && hasPlaceholder(value))
    return err(`The header ${name} holds a {{secret:...}} of no known form.`);
  return ok(filled);
}

function secretFor(
  { secret, header, url }: { readonly secret: string; readonly header: string; readonly url: string },
  grants: readonly Grant[],
): Result<string, string> {
  const grant = grants.find((each) => each.kind === 'secret' && each.name === secret);
  if (grant?.kind !== 'secret') {
    return err(
      `The secret ${JSON.stringify(secret)} is not granted: the node must ask for it under "grants", and the policy must name it.`,
    );
  }
  if (grant.header !== header.toLowerCase()) {
    return err(`The secret "${secret}" is bound to the header ${grant.header}, not to ${header}.`);
  }
  const place = placeOf(url);
  if (place === undefined || !grant.hosts.some((host) => isSameHostPort(host, place))) {
    const where = place === undefined ? 'this URL' : formatHostPort(place);
    return err(`The secret "${secret}" is not bound to ${where}: the policy lists the hosts that may get it.`);
  }
  const value = grant.read();
  if (value === undefined) return err(noValue(secret));
  return HEADER_TEXT.test(value)
    ? ok(value)
    : err(`The secret "${secret}" has characters that no header may carry, such as a line break.`);
}
