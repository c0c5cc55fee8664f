import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { inParallel } from '../../../bench/statistics.ts';
import { MIB } from '../../../src/core/units.ts';
import { attackCall, openTarget, type Target } from '../../support/security.ts';
import { layBait, type Bait } from '../../support/security-bait.ts';
import { layScripts, type Scripts } from '../../support/security-scripts.ts';
import { watchLeftovers, type LeftoverWatch } from '../../support/security-leftovers.ts';
import type { AttackOrder, AttackReport } from '../../support/security-report.ts';
import { ESCAPED, type Attack } from '../attacks/attack.ts';
import { corpus } from '../attacks/corpus.ts';
import { shellCorpus } from '../attacks/shell.ts';

// Runs attacks one after another, as a process of its own: so that it may be another user's, and is the only one whose
// children, descriptors and mounts are counted.

const order = JSON.parse(process.argv[2] ?? '') as AttackOrder; // from the test that started this program
const CORPORA = { js: corpus, shell: shellCorpus };
const secret = process.env['ICEOS_TEST_SECRET'] ?? '';

interface Scene {
  readonly target: Target;
  readonly bait: Bait;
  readonly scripts: Scripts;
  readonly watch: LeftoverWatch;
  /** The peak of an honest worker. */
  readonly idleMebibytes: number;
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
/** A call that takes longer hangs: none of them has a limit of time that is near. */
const HANG_MS = 30_000;
/** Attacks between two looks at what is left, which read all of /proc. */
const GROUP = 24;
const never = (): AbortSignal => new AbortController().signal;

/** The peak memory of a call that does no harm, in MiB; undefined when it was not answered. */
async function callHonestly({ sandbox }: Target): Promise<number | undefined> {
  const call = attackCall('return [input, [1].concat(2)];', { input: 'honest' });
  const { outcome, receipt } = await sandbox.run(call, never());
  if (JSON.stringify(outcome) !== '{"kind":"succeeded","output":["honest",[1,2]]}') return undefined;
  return mebibytes(receipt.peakMemoryBytes);
}

const mebibytes = (bytes: number): number => Math.round(bytes / MIB);

async function carryOut(attack: Attack, { target, bait, scripts, idleMebibytes }: Scene): Promise<AttackReport> {
  const startedAt = performance.now();
  const log: string[] = [];
  const code = attackCall(attack.source, {
    limits: attack.limits,
    input: bait.input,
    onLog: ({ message }) => log.push(message),
  });
  const call = { ...code, program: scripts.get(attack.name) ?? code.program };
  const ended = await Promise.race([target.sandbox.run(call, never()), delay(HANG_MS, undefined, { ref: false })]);
  const bound = { limitMebibytes: mebibytes(code.limits.memoryBytes), idleMebibytes };
  if (ended === undefined) return { ...hung(attack), ...bound };
  const { outcome, receipt } = ended;
  // Once: to write a large answer takes long, and whoever is attacked at the same time waits for it.
  const answer = JSON.stringify(outcome);
  const said = answer + JSON.stringify(log.slice(0, 2_000));
  return {
    name: attack.name,
    kind: outcome.kind,
    message: 'message' in outcome ? outcome.message.slice(0, 300) : answer.slice(0, 300),
    escaped: said.includes(ESCAPED) || said.includes(secret),
    logLines: log.length,
    harm: [],
    wallMs: Math.round(performance.now() - startedAt),
    cpuMs: receipt.cpuMs,
    peakMebibytes: mebibytes(receipt.peakMemoryBytes),
    ...bound,
    source: receipt.source,
    inGroup: receipt.cgroup !== undefined,
  };
}

const hung = ({ name }: Attack): Omit<AttackReport, 'limitMebibytes' | 'idleMebibytes'> => ({
  ...{ name, kind: 'hung', message: 'The call never ended.', escaped: false, logLines: 0, harm: ['it hangs'] },
  ...{ wallMs: HANG_MS, cpuMs: 0, peakMebibytes: 0, source: 'none', inGroup: false },
});

/** What is wrong after some attacks. */
async function harmOf({ target, bait, watch }: Scene): Promise<readonly string[]> {
  const leftovers = await watch.find(target.takeMarks());
  const honest = (await callHonestly(target)) !== undefined;
  // What an attack started before it was ended may still come in during the honest call.
  return [...leftovers, ...(await bait.takeDamage()), ...(honest ? [] : ['the next call did not answer'])];
}

/** Some at once, and a look at the machine after all of them; each alone when they did harm, to see which one did. */
async function carryOutTogether(attacks: readonly Attack[], scene: Scene): Promise<readonly AttackReport[]> {
  const reports: AttackReport[] = [];
  await inParallel(attacks.length, order.atOnce, async (index) => {
    const attack = attacks[index];
    if (attack !== undefined) reports.push(await carryOut(attack, scene));
  });
  const harm = await harmOf(scene);
  const isHung = reports.some(({ kind }) => kind === 'hung');
  if (harm.length === 0 || isHung || attacks.length === 1)
    return reports.map((report) => ({ ...report, harm: [...report.harm, ...harm] }));
  const alone: AttackReport[] = [];
  for (const attack of attacks) alone.push(...(await carryOutTogether([attack], scene)));
  if (alone.some((report) => report.harm.length > 0)) return alone;
  return reports.map((report) => ({ ...report, harm: [`together with its neighbours: ${harm.join('; ')}`] }));
}

async function main(): Promise<void> {
  const target = await openTarget(order);
  if (typeof target === 'string') {
    say({ unavailable: target });
    return;
  }
  const bait = await layBait({ ...order, secret });
  // What is opened once, at the first use, is not left over.
  const idleMebibytes = await callHonestly(target);
  if (idleMebibytes === undefined) throw new Error('An honest call was not answered.');
  const attacks = CORPORA[order.profile].filter(({ name }) => order.names?.includes(name) ?? true);
  const { folder, scripts } = await layScripts(attacks);
  const scene = { target, bait, scripts, watch: await watchLeftovers(), idleMebibytes };
  for (let at = 0; at < attacks.length; at += GROUP) {
    for (const report of await carryOutTogether(attacks.slice(at, at + GROUP), scene)) say(report);
  }
  await bait.close();
  await rm(folder, { recursive: true });
  await Promise.race([target.sandbox.close(), delay(HANG_MS, undefined, { ref: false })]);
  process.exit(0);
}

await main();
