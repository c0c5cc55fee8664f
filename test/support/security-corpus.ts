import { beforeAll, describe, expect, it } from 'vitest';
import type { Attack, Layer } from '../security/attacks/attack.ts';
import { corpus } from '../security/attacks/corpus.ts';
import { shellCorpus } from '../security/attacks/shell.ts';
import { AttackReport, Unavailable } from './security-report.ts';
import { setStage, USERS, type User } from './security-stage.ts';

/** Some at once: most of their time is waiting. */
const AT_ONCE = 6;
const HOOK_MS = 300_000;

/** How the machine refuses the full layer to somebody who is not root, where it does. */
const REFUSED_LAYER = /could not be set up: (namespaces|uid_map|make mounts private|mount)/;

const CORPORA = { js: corpus, shell: shellCorpus };

/** Tests of all attacks of a profile, in one layer and started by one user. */
export function describeCorpus(layer: Layer, user: User, profile: 'js' | 'shell' = 'js'): void {
  const attacks = CORPORA[profile];
  const title = `the ${profile} profile in the ${layer} layer, started by ${user}`;
  describe.runIf(process.platform === 'linux' && USERS.includes(user))(title, () => {
    let reports: ReadonlyMap<string, AttackReport>;
    let unavailable: string | undefined;

    beforeAll(async () => {
      const stage = await setStage('attack-all.ts', user);
      try {
        const lines = await stage.run({ layer, profile, atOnce: AT_ONCE });
        unavailable = Unavailable.safeParse(lines[0]).data?.unavailable;
        reports = new Map(
          unavailable === undefined ? lines.map((line) => AttackReport.parse(line)).map((one) => [one.name, one]) : [],
        );
      } finally {
        await stage.close();
      }
    }, HOOK_MS);

    it('is there, or the kernel refuses it to this user', (ctx) => {
      if (unavailable === undefined) {
        expect(reports.size).toBe(attacks.length);
        return;
      }
      expect([layer, user, unavailable]).toEqual(['full', 'unprivileged', expect.stringMatching(REFUSED_LAYER)]);
      ctx.skip(unavailable);
    });

    const named = attacks.map((attack) => [`${attack.category}: ${attack.name}`, attack] as const);
    it.for(named)('stops %s', ([, attack], ctx) => {
      if (unavailable !== undefined) ctx.skip(unavailable);
      expectStopped(attack, layer, reports.get(attack.name));
    });
  });
}

function expectStopped(attack: Attack, layer: Layer, report: AttackReport | undefined): void {
  const { kinds, message } = attack.expected[layer];
  expect(report).toMatchObject({ escaped: false, harm: [] });
  if (report === undefined) return; // which has failed
  expect(kinds, report.message).toContain(report.kind);
  if (report.kind !== 'succeeded' && message !== undefined) expect(report.message).toMatch(message);
  // Of what was never started nothing is measured.
  expect(report.source).toBe(report.kind === 'sandboxFailed' ? 'none' : 'supervisor');
  if (report.kind === 'sandboxFailed') return;
  expect(report.peakMebibytes).toBeLessThan(mostMebibytes(report));
  // What a worker claims of itself changes nothing.
  expect(report.cpuMs).toBeGreaterThanOrEqual(attack.leastCpuMs);
  expect(report.logLines).toBeLessThanOrEqual(MAX_LOG_LINES);
}

const MAX_LOG_LINES = 20_000;
/** What a worker may have beyond its limit and what it takes when idle: the slack of the kernel's bound. */
const SLACK_MEBIBYTES = 96;
/** The kernel counts in batches, and Node's own needs differ from start to start. */
const TOLERANCE_MEBIBYTES = 32;
/** The files of a scratch are memory of its group. */
const SCRATCH_MEBIBYTES = 64;

/** The most memory that an attack may ever have had: by its own limit, above a worker of the same run that did next to nothing. */
const mostMebibytes = ({ limitMebibytes, idleMebibytes, inGroup }: AttackReport): number =>
  limitMebibytes + idleMebibytes + SLACK_MEBIBYTES + TOLERANCE_MEBIBYTES + (inGroup ? SCRATCH_MEBIBYTES : 0);
