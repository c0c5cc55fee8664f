import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Authenticate, Session } from '../use-cases/authenticate.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { createSessionWatch, type Watched } from './session-watch.ts';

/** A WebSocket or a stream of server-sent events, which lives as long as its credential. */
export interface OpenStream {
  readonly id: string;
  /** The credential that it has now. */
  readonly session: Session;
  stop(): void;
}

export interface RenewStreamInput {
  readonly streamId: string;
  readonly token: string;
}

export interface RenewedStream {
  readonly streamId: string;
  /** When the new credential ends by itself; undefined: it does not. */
  readonly expiresAt: number | undefined;
}

/** The open streams of this process. */
export interface Streams {
  /** Calls `onEnd` once, when the credential of the stream is void. */
  open(session: Session, onEnd: () => void): OpenStream;
  /** Gives a stream of the viewer another credential of the same tenant and subject, with at least the same scopes. */
  renew(viewer: Viewer, input: RenewStreamInput): Promise<Result<RenewedStream, NotFoundError | InvalidInputError>>;
}

interface Stream extends Watched {
  session: Session;
  /** The last renewal that was asked for is done. */
  renewed: Promise<unknown>;
}

export function createStreams({
  authenticate,
  newId,
  onRenew,
}: {
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  /** Told when a stream has another credential; when it fails, the stream gets its own back. */
  readonly onRenew: (viewer: Viewer, streamId: string) => Promise<void>;
}): Streams {
  const streams = new Map<string, Stream>();
  const watch = createSessionWatch();

  async function renewInTurn(
    stream: Stream,
    { viewer, streamId, token }: RenewStreamInput & { readonly viewer: Viewer },
  ): Promise<Result<RenewedStream, NotFoundError | InvalidInputError>> {
    const session = await authenticate(token);
    // It may have ended meanwhile.
    if (streams.get(streamId) !== stream) return err(noStream(streamId));
    const before = stream.session;
    const fault = session === undefined ? NOT_VALID : mismatch(before, session);
    if (session === undefined || fault !== undefined) return err(invalid(fault ?? NOT_VALID));
    // First this: a row of what then does not happen could not be taken back.
    stream.session = session;
    try {
      await onRenew(viewer, streamId);
    } catch (error) {
      stream.session = before;
      throw error;
    }
    return ok({ streamId, expiresAt: session.expiresAt });
  }

  return {
    open(session, onEnd) {
      const id = newId();
      const stream: Stream = {
        session,
        renewed: Promise.resolve(),
        onEnd() {
          streams.delete(id);
          onEnd();
        },
      };
      streams.set(id, stream);
      const watching = watch.add(stream);
      return {
        id,
        get session() {
          return stream.session;
        },
        stop() {
          streams.delete(id);
          watching.stop();
        },
      };
    },
    async renew(viewer, { streamId, token }) {
      const stream = streams.get(streamId);
      if (stream === undefined || !isSame(viewer, stream.session.viewer)) return err(noStream(streamId));
      // One after the other: each is held against what the one before it has left, and the last one wins.
      const renewed = stream.renewed.then(() => renewInTurn(stream, { viewer, streamId, token }));
      stream.renewed = renewed.catch(() => undefined);
      return renewed;
    },
  };
}

const isSame = (one: Viewer, other: Viewer): boolean => one.tenant === other.tenant && one.subject === other.subject;

const NOT_VALID = 'The token is not valid: it is unknown, has expired, or was revoked or denied.';

/** Why a credential may not take the place of another one. What the stream was begun with must not become too much. */
function mismatch(old: Session, next: Session): string | undefined {
  const isAlike = isSame(old.viewer, next.viewer) && old.credential.type === next.credential.type;
  if (!isAlike) return 'The token is of another tenant or subject, or of another kind, than the one of the stream.';
  const missing = [...old.viewer.scopes].filter((scope) => !next.viewer.scopes.has(scope));
  if (missing.length === 0) return undefined;
  return `The token lacks scopes with which the stream was begun: ${missing.join(', ')}. Begin another stream with it.`;
}

const invalid = (message: string): InvalidInputError => ({
  kind: 'InvalidInputError',
  message,
  issues: [{ rule: 'renewing-token', path: '/token', message }],
});

const noStream = (id: string): NotFoundError => ({
  kind: 'NotFoundError',
  message: `There is no stream with the ID "${id}" that you may see in this server process. Over HTTP the request may have reached another process: send it over the WebSocket itself, or begin the stream anew with its cursor.`,
  id,
});
