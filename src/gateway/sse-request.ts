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

const streamIds = new WeakMap<Request, string>();

/** Takes note of the ID by which the stream of this request can be given another credential. */
export const noteStreamId = (request: Request, id: string): void => void streamIds.set(request, id);

export const streamIdOf = (request: Request): string | undefined => streamIds.get(request);
