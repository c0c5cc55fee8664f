import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ERRNO } from '../../src/sandbox/seccomp/profile.ts';
import { DENIED, ERRORS, OTHER_ARCHITECTURE, WORKS } from '../security/attacks/native.ts';
import { Unavailable } from './security-report.ts';
import { Harm, ProbeReport } from './security-report.ts';
import { setStage, USERS, type User } from './security-stage.ts';
import { PROFILES } from './security-launch.ts';

const run = promisify(execFile);
const HOOK_MS = 180_000;

/** Builds the prober; rejects with what to do where there is no compiler. */
export async function compileProber(file: string): Promise<void> {
  const folder = path.resolve('test/security/native');
  const sources = (await readdir(folder)).filter((name) => name.endsWith('.c')).map((name) => path.join(folder, name));
  try {
    await run('gcc', ['-static', '-O1', '-Wall', '-Wextra', '-Werror', '-o', file, ...sources]);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) throw error;
    throw new Error(
      'The native attacks need a C compiler, and there is no gcc. Install one: apt-get install gcc libc6-dev (Debian, Ubuntu) or dnf install gcc glibc-static (Fedora).',
      { cause: error },
    );
  }
}

/** The one place that knows how a call that is never made shows: the supervisor names it, or the kernel killed its caller. */
export const wasDenied = ({ by, signal }: Pick<ProbeReport, 'by' | 'signal'>): boolean =>
  by === 'denied' || signal === constants.signals.SIGSYS;

/** Undefined when it printed no value. */
function answerOf({ out }: ProbeReport): { readonly value: number; readonly errno: string } | undefined {
  const match = /^(-?\d+) (\d+)/.exec(out);
  if (match === null) return undefined;
  const number = Number(match[2]);
  const name = Object.entries(constants.errno).find(([, value]) => value === number)?.[0];
  return { value: Number(match[1]), errno: name ?? String(number) };
}

/** Tests of all system calls that a profile refuses, on the kernel. */
export function describeNative({
  layer,
  profile,
  user,
}: {
  readonly layer: 'base' | 'full';
  readonly profile: 'js' | 'shell';
  readonly user: User;
}): void {
  describe.runIf(process.platform === 'linux' && USERS.includes(user))(
    `${profile} in the ${layer} layer, started by ${user}`,
    () => {
      let reports: readonly ProbeReport[] = [];
      let harm: readonly string[] | undefined;
      let unavailable: string | undefined;

      beforeAll(async () => {
        const stage = await setStage('probe-all.ts', user);
        try {
          await compileProber(path.join(stage.dist, 'prober'));
          const lines = await stage.run({ layer, profile });
          unavailable = Unavailable.safeParse(lines[0]).data?.unavailable;
          if (unavailable !== undefined) return;
          reports = lines.slice(0, -1).map((line) => ProbeReport.parse(line));
          ({ harm } = Harm.parse(lines.at(-1)));
        } finally {
          await stage.close();
        }
      }, HOOK_MS);

      const named = (pick: (name: string) => boolean): readonly ProbeReport[] =>
        reports.filter(({ name }) => pick(name));
      const wrong = (some: readonly ProbeReport[], isRight: (report: ProbeReport) => boolean): readonly object[] =>
        some.filter((report) => !isRight(report)).map((report) => ({ ...report, answer: answerOf(report) }));

      beforeEach((ctx) => {
        if (unavailable === undefined) return;
        expect([layer, user]).toEqual(['full', 'unprivileged']);
        ctx.skip(unavailable);
      });

      it('ends whoever makes a call that no honest program makes', () => {
        const some = named((name) => DENIED.includes(name));
        expect(some).toHaveLength(DENIED.length);
        expect(wrong(some, wasDenied)).toEqual([]);
      });

      it('lets no call in by the doors of another architecture', () => {
        const isRight = (report: ProbeReport): boolean => {
          // SIGSEGV: this kernel has no such door.
          if (wasDenied(report) || report.signal === constants.signals.SIGSEGV) return true;
          return answerOf(report)?.errno === 'ENOSYS';
        };
        expect(
          wrong(
            named((name) => OTHER_ARCHITECTURE.includes(name)),
            isRight,
          ),
        ).toEqual([]);
      });

      it('answers with the error that the tables say', () => {
        const isRight = (report: ProbeReport): boolean => answerOf(report)?.errno === ERRORS[report.name];
        expect(
          wrong(
            named((name) => name in ERRORS),
            isRight,
          ),
        ).toEqual([]);
        for (const rule of PROFILES[profile].rules) {
          if ('when' in rule || rule.verdict === 'allow') continue;
          const isError = rule.verdict in ERRNO;
          const some = named((name) => rule.calls.some((call) => name === `call ${call}`));
          expect(
            wrong(some, (report) => (isError ? answerOf(report)?.errno === rule.verdict : wasDenied(report))),
          ).toEqual([]);
        }
      });

      it('refuses all calls that no rule names', () => {
        for (const { name, out } of named((each) => each.startsWith('sweep'))) {
          for (const line of out.trim().split('\n')) expect(`${name}: ${line}`).toMatch(/ (1|38)$/);
        }
      });

      it('lets none of the others reach its aim, and all work that honest programs need', () => {
        const others = named(
          (name) => !/^(call|sweep)/.test(name) && !DENIED.includes(name) && !OTHER_ARCHITECTURE.includes(name),
        );
        const isRight = (report: ProbeReport): boolean => {
          const works = WORKS[profile].includes(report.name);
          // Without a value it has ended in its own call: a child without a stack, or a signal to all.
          return works ? !wasDenied(report) : (answerOf(report)?.value ?? -1) < 0;
        };
        expect(wrong(others, isRight)).toEqual([]);
      });

      it('signals nobody, and leaves nothing behind', () => {
        expect(reports.filter(({ signaled }) => signaled)).toEqual([]);
        expect(harm).toEqual([]);
      });
    },
  );
}
