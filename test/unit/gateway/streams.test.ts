import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { createStreams, type OpenStream, type Streams } from '../../../src/gateway/streams.ts';
import type { Session } from '../../../src/use-cases/authenticate.ts';
import type { ViewerScope } from '../../../src/use-cases/viewer.ts';

const session = (jti: string, ...scopes: readonly ViewerScope[]): Session => ({
  viewer: { tenant: DEFAULT_TENANT, subject: 'ada', scopes: new Set(scopes) },
  credential: { type: 'token', tenant: DEFAULT_TENANT, subject: 'ada', jti, expiresAt: 1 },
  expiresAt: 1,
  isValid: () => Promise.resolve(true),
});
const jtiOf = ({ session: { credential } }: OpenStream): string | undefined =>
  credential.type === 'token' ? credential.jti : undefined;

interface Answer {
  readonly promise: Promise<Session | undefined>;
  say(found: Session | undefined): void;
  fail(error: Error): void;
}
function laterAnswer(): Answer {
  let say: Answer['say'] = () => undefined;
  let fail: Answer['fail'] = () => undefined;
  const promise = new Promise<Session | undefined>((resolve, reject) => {
    say = resolve;
    fail = reject;
  });
  return { promise, say, fail };
}

describe('Renewals of one stream', () => {
  /** What the issuer says of each token, once it is let. */
  let known: Map<string, Answer>;
  let rows: string[];
  let writeRow: () => Promise<void>;
  let streams: Streams;
  let stream: OpenStream;
  const old = session('old', 'executions:read');
  const renew = (token: string) => streams.renew(old.viewer, { streamId: 'stream', token });
  const say = (token: string, found: Session | undefined) => known.get(token)?.say(found);

  beforeEach(() => {
    known = new Map(['first', 'second'].map((token) => [token, laterAnswer()]));
    rows = [];
    writeRow = () => Promise.resolve();
    streams = createStreams({
      authenticate: async (token) => known.get(token)?.promise,
      newId: () => 'stream',
      onRenew: async () => {
        await writeRow();
        rows.push(jtiOf(stream) ?? '');
      },
    });
    stream = streams.open(old, () => undefined);
  });
  afterEach(() => stream.stop());

  it('take their turns: the later one wins, however long the earlier one takes, and each row tells of its own', async () => {
    const both = [renew('first'), renew('second')];
    say('second', session('second', 'executions:read'));
    say('first', session('first', 'executions:read'));
    expect((await Promise.all(both)).map(({ ok }) => ok)).toEqual([true, true]);
    expect(jtiOf(stream)).toBe('second');
    expect(rows).toEqual(['first', 'second']);
  });

  it('are held against the credential that is there in their turn', async () => {
    const both = [renew('first'), renew('second')];
    say('first', session('first', 'executions:read', 'keys'));
    say('second', session('second', 'executions:read'));
    expect((await Promise.all(both)).map(({ ok }) => ok)).toEqual([true, false]);
    expect(jtiOf(stream)).toBe('first');
    expect(rows).toEqual(['first']);
  });

  it('leave what is there when the later token is not valid', async () => {
    const both = [renew('first'), renew('second')];
    say('second', undefined);
    say('first', session('first', 'executions:read'));
    expect((await Promise.all(both)).map(({ ok }) => ok)).toEqual([true, false]);
    expect(jtiOf(stream)).toBe('first');
  });

  it('do not hold up each other when the issuer or the database fails; then the credential stays', async () => {
    const both = [renew('first'), renew('second')];
    known.get('first')?.fail(new Error('the issuer is away'));
    say('second', session('second', 'executions:read'));
    writeRow = () => Promise.reject(new Error('the database is away'));
    const [first, second] = await Promise.allSettled(both);
    expect(first).toMatchObject({ reason: { message: 'the issuer is away' } });
    expect(second).toMatchObject({ reason: { message: 'the database is away' } });
    expect(jtiOf(stream)).toBe('old');
    expect(rows).toEqual([]);
  });

  it('write no row for a stream that has ended meanwhile', async () => {
    const one = renew('first');
    stream.stop();
    say('first', session('first', 'executions:read'));
    expect(await one).toMatchObject({ ok: false, error: { kind: 'NotFoundError' } });
    expect(rows).toEqual([]);
  });
});
