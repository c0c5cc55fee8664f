/** What a redirect may change of a request. */
export interface Redirectable {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Further headers that hold a credential, in lower case. */
  readonly credentials: readonly string[];
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** The request that follows from a redirect, or undefined when the answer is none. The new URL is still to be checked. */
export function redirected(
  request: Redirectable,
  status: number,
  location: string | undefined,
): Redirectable | undefined {
  if (!REDIRECTS.has(status) || location === undefined || !URL.canParse(location, request.url)) return undefined;
  const from = new URL(request.url);
  const to = new URL(location, from);
  const dropsBody = toGet(request.method, status);
  const headers = Object.entries(request.headers).filter(([name]) => {
    const lower = name.toLowerCase();
    if (dropsBody && lower.startsWith('content-')) return false;
    // Also from https to http of the same host: that is another origin. What is dropped does not come back.
    return from.origin === to.origin || !(CREDENTIALS.has(lower) || request.credentials.includes(lower));
  });
  return {
    method: dropsBody ? 'GET' : request.method,
    url: to.href,
    headers: Object.fromEntries(headers),
    body: dropsBody ? undefined : request.body,
    credentials: request.credentials,
  };
}

/** As the fetch standard says: 303 always, 301 and 302 after POST. */
function toGet(method: string, status: number): boolean {
  if (status === 303) return method !== 'HEAD';
  return (status === 301 || status === 302) && method === 'POST';
}
