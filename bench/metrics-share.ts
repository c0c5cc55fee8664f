import { readFile } from 'node:fs/promises';
import { Session, type Profiler } from 'node:inspector/promises';

const SAMPLE_US = 200;
/** What counts, and everything that it calls; what only hands it on (`observe-*`) counts for itself alone: it calls the work, too. */
const COUNTS =
  /^src\/telemetry\/(metrics|describe-metric|metric-name|sample-condition|(gateway|model|sandbox)-metrics)\.ts$/;
const HANDS_ON = /^src\/telemetry\/observe-.+\.ts$/;
const IDLE = '(idle)';
/** The work of the profiler. */
const PROFILER = 'dispatch';

/** Of all time while `work` runs, or of the time in which this process did something. */
export type Whole = 'time' | 'workingTime';

/** The share of the time that goes into counting while `work` runs, by a CPU profile of 5,000 samples a second. */
export async function metricsShareOf(work: () => Promise<unknown>, bundle: string, whole: Whole): Promise<number> {
  const moduleOf = await modulesOf(bundle);
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    return shareOf(profile, moduleOf, whole);
  } finally {
    session.disconnect();
  }
}

type ModuleOf = (frame: Profiler.ProfileNode['callFrame']) => string;

/** A bundle says above each part from which file it is. */
async function modulesOf(bundle: string): Promise<ModuleOf> {
  const heads: { readonly line: number; readonly file: string }[] = [];
  for (const [line, text] of (await readFile(bundle, 'utf8')).split('\n').entries()) {
    const file = /^\/\/ (\S+\.ts)$/.exec(text)?.[1];
    if (file !== undefined) heads.push({ line, file });
  }
  return ({ url, lineNumber }) =>
    url.endsWith(bundle) ? (heads.findLast(({ line }) => line <= lineNumber)?.file ?? url) : url;
}

function shareOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, moduleOf: ModuleOf, whole: Whole): number {
  const left = new Set(whole === 'time' ? [PROFILER] : [PROFILER, IDLE]);
  const selfUs = new Map<number, number>();
  for (const [n, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[n] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  let [all, counting] = [0, 0];
  const walk = ({ id, callFrame, children = [] }: Profiler.ProfileNode, isBelow: boolean): void => {
    const file = moduleOf(callFrame);
    const counts = isBelow || COUNTS.test(file) || file.includes('/prom-client/');
    const own = left.has(callFrame.functionName) ? 0 : (selfUs.get(id) ?? 0);
    all += own;
    if (counts || HANDS_ON.test(file)) counting += own;
    for (const child of children) {
      const node = byId.get(child);
      if (node !== undefined) walk(node, counts);
    }
  };
  const [root] = nodes;
  if (root !== undefined) walk(root, false);
  return counting / all;
}
