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

/** A message of a subscription that others may hear too. */
export interface SharedPayload {
  /** The same object for all who hear it. */
  readonly heard: object;
}

/** By what a message is told to be the same for others; undefined: it is one subscriber's alone. */
export const heardBy = (payload: unknown): object | undefined => (isShared(payload) ? payload.heard : undefined);

const isShared = (payload: unknown): payload is SharedPayload =>
  typeof payload === 'object' &&
  payload !== null &&
  'heard' in payload &&
  typeof payload.heard === 'object' &&
  payload.heard !== null;
