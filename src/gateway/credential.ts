import { z } from 'zod';

/** The credential in the headers of a request: `Authorization: Bearer ...` or `X-Api-Key: ...`. */
export function credentialOf(header: (name: string) => string | null | undefined): string | undefined {
  return fromBearer(header('authorization')) ?? header('x-api-key') ?? undefined;
}

const InitPayload = z.looseObject({
  authorization: z.string().optional(),
  Authorization: z.string().optional(),
  apiKey: z.string().optional(),
});

/** The credential in the payload of `connection_init`, as browsers cannot set headers on a WebSocket. */
export function credentialOfInit(payload: unknown): string | undefined {
  const parsed = InitPayload.safeParse(payload ?? {});
  if (!parsed.success) return undefined;
  const { authorization = parsed.data.Authorization, apiKey } = parsed.data;
  return fromBearer(authorization) ?? apiKey ?? authorization;
}

const fromBearer = (value: string | null | undefined): string | undefined => /^Bearer +(\S+)$/i.exec(value ?? '')?.[1];

/** What `EventSource` sends, which can set no headers. */
export const asksForEvents = ({ method, headers }: Pick<Request, 'method' | 'headers'>): boolean =>
  method === 'GET' && headers.get('accept')?.includes('text/event-stream') === true;

/** The stream ticket in the address: of requests for events alone. */
export const ticketOf = (request: Request): string | undefined =>
  asksForEvents(request) ? (new URL(request.url).searchParams.get('ticket') ?? undefined) : undefined;
