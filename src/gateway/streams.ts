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

export function createStreams({
  authenticate,
  newId,
  onRenew,
}: {
  readonly authenticate: Authenticate;
  readonly newId: () => string;
  /** Told before a stream gets another credential; when it fails, the stream keeps its own. */
  readonly onRenew: (viewer: Viewer, streamId: string) => Promise<void>;
}): Streams {
  const streams = new Map<string, Watched & { session: Session }>();
  const watch = createSessionWatch();
  return {
    open(session, onEnd) {
      const id = newId();
      const stream = {
        session,
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
      const session = await authenticate(token);
      const fault = session === undefined ? NOT_VALID : mismatch(stream.session, session);
      if (session === undefined || fault !== undefined) return err(invalid(fault ?? NOT_VALID));
      await onRenew(viewer, streamId);
      // It may have ended meanwhile.
      if (streams.get(streamId) !== stream) return err(noStream(streamId));
      stream.session = session;
      return ok({ streamId, expiresAt: session.expiresAt });
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
