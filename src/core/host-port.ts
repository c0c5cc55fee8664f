/** Where a connection leads: a name or an address, and a port. */
export interface HostPort {
  /** As a URL has it: in lower case, an address of IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

const FORM = /^(\[[0-9a-f:.]+\]|[^\s:/@?#[\]\\%]+):([0-9]{1,5})$/i;
const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** Reads `api.example.com:443` or `[::1]:8080`; undefined for anything else, also for patterns such as `*.example.com:443`. */
export function parseHostPort(text: string): HostPort | undefined {
  const [, written = '', digits = ''] = FORM.exec(text) ?? [];
  const port = Number(digits);
  // The scheme's own port would vanish from a URL; only the host is read from it, as requests have theirs from one.
  if (written === '' || port < 1 || port > 65_535 || !URL.canParse(`http://${written}/`)) return undefined;
  const host = new URL(`http://${written}/`).hostname.replace(/\.$/, '');
  if (host.startsWith('[')) return { host: host.slice(1, -1), port };
  return NAME.test(host) ? { host, port } : undefined;
}

/** The text of a place: equal places have equal texts. */
export const formatHostPort = ({ host, port }: HostPort): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** What a text must be that `parseHostPort` did not take. */
export const HOST_PORT_FORM = 'a host and a port such as api.example.com:443, without a scheme, a path or a pattern';
