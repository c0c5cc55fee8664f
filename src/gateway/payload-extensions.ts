/** A message of a subscription that brings `extensions` of its result along, such as its cursor. */
export interface ExtendedPayload {
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** The extensions of a message, whatever the client has selected of it. */
export const payloadExtensions = (payload: unknown): Readonly<Record<string, unknown>> | undefined =>
  isExtended(payload) ? payload.extensions : undefined;

const isExtended = (payload: unknown): payload is ExtendedPayload =>
  typeof payload === 'object' &&
  payload !== null &&
  'extensions' in payload &&
  typeof payload.extensions === 'object' &&
  payload.extensions !== null;
