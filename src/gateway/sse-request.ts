/** HTTP requests whose stream has nothing more to give: the client knows the last event of a finished execution. */
const over = new WeakSet<Request>();

/** Where an `EventSource` was when its connection broke; it wins over `after`. */
export function lastEventId(request: Request | undefined): string | undefined {
  const id = request?.headers.get('last-event-id');
  return id === null || id === '' ? undefined : id;
}

/** Takes note that nothing will ever come, when the request came from an `EventSource` that connects again. */
export function markAsOver(request: Request | undefined): void {
  if (request && lastEventId(request) !== undefined) over.add(request);
}

export const isMarkedAsOver = (request: Request): boolean => over.has(request);

const revoked = new WeakSet<Request>();
const onRevoked = new WeakMap<Request, () => void>();

/** Takes note that the credential of the stream is void. */
export function markAsRevoked(request: Request): void {
  revoked.add(request);
  onRevoked.get(request)?.();
}

/** Calls back when the credential is void, which may be at once. */
export function whenRevoked(request: Request, call: () => void): void {
  if (revoked.has(request)) call();
  else onRevoked.set(request, call);
}

const streamIds = new WeakMap<Request, string>();

/** Takes note of the ID by which the stream of this request can be given another credential. */
export const noteStreamId = (request: Request, id: string): void => void streamIds.set(request, id);

export const streamIdOf = (request: Request): string | undefined => streamIds.get(request);
