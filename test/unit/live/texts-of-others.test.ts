import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { createLocalTexts, type LocalTexts } from '../../../src/live/live-texts.ts';
import { createPostgresTexts, TEXT_CHANNEL, type PostgresTexts } from '../../../src/live/postgres-texts.ts';
import { DELTA_CHANNELS, type AttemptTexts, type DeltaChannel } from '../../../src/live/text-buffer.ts';
import { openTextFrame, parseTextFrame } from '../../../src/live/text-frame.ts';
import { EXECUTION_ID, settled } from '../../support/live.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { arbitraryPiece, toShown } from '../../support/said.ts';

const at = (path: string, attempt = 1) => ({ executionId: EXECUTION_ID, path, attempt });

/** Two processes on one database whose notifications a test may lose. */
async function openPair(isLost: () => boolean = () => false) {
  const clock = createManualClock();
  const ears = new Set<(text: string) => void>();
  const sent: string[] = [];
  const open = async (sender: string): Promise<readonly [PostgresTexts, LocalTexts]> => {
    const local = createLocalTexts({ clock, maxBytes: 64 * MIB, lingerMs: 60_000 });
    const texts = createPostgresTexts({
      local,
      clock,
      sender,
      async listen(channel, { onText, onConnected }) {
        expect(channel).toBe(TEXT_CHANNEL);
        ears.add(onText);
        onConnected();
        return () => void ears.delete(onText);
      },
      async notify(_channel, text) {
        sent.push(text);
        // As Postgres does.
        if (Buffer.byteLength(text) > 7_999 || text.includes('\u0000')) throw new Error('payload string too long');
        if (!isLost()) for (const hear of ears) hear(text);
      },
    });
    await texts.start();
    return [texts, local];
  };
  const [[here], [there]] = [await open('here'), await open('there')];
  here.setOthersListen(true);
  const pass = async (ms: number): Promise<void> => {
    await settled();
    clock.advance(ms);
    await settled();
  };
  return { here, there, sent, clock, pass };
}

const heard = (texts: PostgresTexts, path: string): AttemptTexts | undefined =>
  texts.of(EXECUTION_ID).find((one) => one.path === path);

const arbitrarySteps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        path: fc.constantFrom('a', 'b', 'each[3].c'),
        channel: fc.constantFrom(...DELTA_CHANNELS),
        piece: arbitraryPiece(),
      }),
    },
    { weight: 2, arbitrary: fc.record({ waitMs: fc.constantFrom(10, 50, 60) }) },
  ),
  { minLength: 5, maxLength: 40 },
);

describe('The text of another process', () => {
  test.prop([arbitrarySteps, fc.array(fc.boolean(), { maxLength: 30 }), fc.boolean()], { numRuns: 100 })(
    'is a part of what was said, at its place, and all of it where no NOTIFY is lost',
    async (steps, losses, mayLose) => {
      let sent = 0;
      const isLost = (): boolean => mayLose && losses[sent++] === true;
      const { here, there, pass } = await openPair(isLost);
      const voices = new Map(['a', 'b', 'each[3].c'].map((path) => [path, here.open(at(path))]));
      const said = new Map<string, string[]>();
      const truth = (path: string, channel: DeltaChannel): string => toShown(said.get(`${path} ${channel}`) ?? []);
      const check = (): void => {
        for (const texts of there.of(EXECUTION_ID)) {
          for (const channel of DELTA_CHANNELS) {
            const { start, end } = texts[channel];
            expect(texts[channel].read(start, end)).toBe(truth(texts.path, channel).slice(start, end));
          }
        }
      };
      for (const step of steps) {
        if ('waitMs' in step) await pass(step.waitMs);
        else {
          const key = `${step.path} ${step.channel}`;
          said.set(key, [...(said.get(key) ?? []), step.piece]);
          voices.get(step.path)?.say(step.channel, step.piece);
        }
        check();
      }
      await Promise.all([...voices.values()].map((voice) => voice.close()));
      check();
      for (const path of mayLose ? [] : voices.keys()) {
        for (const channel of DELTA_CHANNELS) {
          expect(heard(there, path)?.[channel].end ?? 0).toBe(truth(path, channel).length);
        }
        if (truth(path, 'log') + truth(path, 'text') !== '') expect(heard(there, path)?.isOver).toBe(true);
      }
      await Promise.all([here.close(), there.close()]);
    },
    60_000,
  );

  it('is gathered for 50 ms, and cut to what a NOTIFY holds', async () => {
    const { here, there, sent, pass } = await openPair();
    const voice = here.open(at('a'));
    for (let n = 0; n < 100; n += 1) voice.say('log', `${'line '.repeat(50)}\n`);
    await pass(49);
    expect(sent).toEqual([]);
    await pass(1);
    expect(sent).toHaveLength(1);
    expect(Buffer.byteLength(sent[0] ?? '')).toBeLessThan(8_000);
    for (let n = 0; n < 4; n += 1) await pass(50);
    expect(sent).toHaveLength(4);
    expect(heard(there, 'a')?.log.end).toBe(25_100);
  });

  it('is sent only while others listen', async () => {
    const { here, there, sent, pass } = await openPair();
    const voice = here.open(at('a'));
    here.setOthersListen(false);
    voice.say('log', 'nobody hears');
    await pass(100);
    expect(sent).toEqual([]);
    here.setOthersListen(true);
    voice.say('log', 'this');
    await pass(50);
    const { log } = heard(there, 'a') ?? {};
    expect([log?.start, log?.read(0, 99)]).toEqual([12, 'this']);
  });

  it('comes whole before the outcome: the end of an attempt waits for its last words, but not for long', async () => {
    const { here, there, clock, sent } = await openPair();
    const voice = here.open(at('a'));
    voice.say('log', 'x'.repeat(50_000));
    await voice.close();
    expect(sent).toHaveLength(7);
    expect(heard(there, 'a')).toMatchObject({ isOver: true, log: { end: 50_000 } });
    const stuck = createPostgresTexts({
      ...{ local: createLocalTexts({ clock, maxBytes: MIB, lingerMs: 1 }), clock, sender: 'stuck' },
      listen: async () => () => undefined,
      notify: () => new Promise<void>(() => undefined),
    });
    stuck.setOthersListen(true);
    const held = stuck.open(at('a'));
    held.say('log', 'x');
    const closing = held.close();
    await settled();
    clock.advance(250);
    await closing;
  });

  it('may have been missed by who began to listen after the attempt, or hardly before', async () => {
    const { there, clock } = await openPair();
    const now = clock.now();
    const mayHave = (startedAt: number): boolean => there.mayHaveMissed({ ...at('a'), startedAt });
    expect([now - 60_000, now + 1_000, now + 3_000].map(mayHave)).toEqual([true, true, false]);
  });

  it('was not missed by the process whose attempt it is, which keeps nothing of one that is silent', async () => {
    const { here, there, clock } = await openPair();
    const began = { ...at('a'), startedAt: clock.now() };
    const voice = here.open(at('a'));
    expect([here.mayHaveMissed(began), there.mayHaveMissed(began)]).toEqual([false, true]);
    expect(here.of(EXECUTION_ID)).toEqual([]);
    await voice.close();
    voice.say('log', 'too late');
    expect(here.of(EXECUTION_ID)).toEqual([]);
    expect(here.mayHaveMissed(began)).toBe(true);
  });
});

describe('A NOTIFY with text', () => {
  it('of another release or of nobody says nothing', () => {
    for (const text of [
      '',
      'me',
      'me|',
      'me|{}',
      'me|[[1]]',
      'me|[["AAAA","a",1,"text",-1,"x"]]',
      'me|[["x","a",1]]',
    ]) {
      expect(parseTextFrame(text).parts).toEqual([]);
    }
  });

  it('skips an attempt whose path alone is too long', () => {
    const frame = openTextFrame('me');
    const place = at('a'.repeat(9_000));
    expect(frame.addEnd(place)).toBe(false);
    expect(frame.addText(place, { channel: 'log', offset: 0, text: 'x' })).toBe(0);
    expect(frame.isEmpty).toBe(true);
  });
});
