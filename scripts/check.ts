import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { ROOT } from './build.ts';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

// A page for each file takes a while to write, and nobody reads it here: `npm run coverage` does.
const REPORTERS = ['text-summary', 'json-summary', 'json'].map((name) => `--coverage.reporter=${name}`);

// The longest begin. Beside them the others, fastest first: what fails soonest is known soonest.
const STEPS: readonly Step[] = [
  { name: 'lint', command: ['eslint', '--max-warnings', '0', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'release', command: ['tsx', 'scripts/release-candidate.ts', '--dry-run'] },
  { name: 'alerts', command: ['tsx', 'scripts/check-alerts.ts'] },
  { name: 'files', command: ['tsx', 'scripts/check-files.ts'] },
  { name: 'contracts', command: ['tsx', 'scripts/check-contracts.ts'] },
  { name: 'packages', command: ['tsx', 'scripts/check-dependencies.ts'] },
  { name: 'secrets', command: ['tsx', 'scripts/check-secrets.ts'] },
  { name: 'layers', command: ['tsx', 'scripts/check-layers.ts'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'unused', command: ['tsx', 'scripts/verify-dead-code.ts'] },
  { name: 'generated', command: ['tsx', 'scripts/check-generated.ts'] },
  // The command of the README, with the floors of coverage.
  { name: 'tests', command: ['npm', 'test', '--', '--coverage', ...REPORTERS] },
  { name: 'bench', command: ['tsx', 'bench/main.ts', 'smoke'] },
  { name: 'coverage', command: ['tsx', 'scripts/check-coverage.ts'] },
];

/** These take the machine, or what the step before them wrote: one after the other, when all others are done. */
const LAST: ReadonlySet<string> = new Set(['tests', 'bench', 'coverage']);

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: string;
  readonly output: string;
}

function run(step: Step): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const [program = '', ...args] = step.command;
    // npm puts node_modules/.bin first on the PATH; on Windows the programs there are .cmd files, which need a shell.
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (passed: boolean): void =>
      resolve({ name: step.name, passed, seconds: ((performance.now() - startedAt) / 1_000).toFixed(1), output });
    child.on('error', (error) => {
      output += `${error.message}\nStart this with: npm run check`;
      end(false);
    });
    child.on('close', (code) => end(code === 0));
  });
}

/** The last line that says something: what a step that passed has to tell. */
const lastLine = (output: string): string => output.trimEnd().split('\n').at(-1)?.trim() ?? '';

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are: ${STEPS.map((step) => step.name).join(', ')}`);
  process.exit(2);
}
const outcomes: Outcome[] = [];
async function take(step: Step): Promise<void> {
  const outcome = await run(step);
  outcomes.push(outcome);
  const said = outcome.passed && step.command[0] === 'tsx' ? lastLine(outcome.output) : '';
  console.log(`${outcome.passed ? 'ok  ' : 'FAIL'} ${step.name.padEnd(10)} ${outcome.seconds.padStart(6)} s  ${said}`);
  if (!outcome.passed) console.log(outcome.output.trimEnd().replaceAll(/^/gm, '     '));
  else if (step.name === 'tests') console.log(outcome.output.split('\n').slice(-24).join('\n'));
}

const steps = chosen.length === 0 ? STEPS : STEPS.filter((candidate) => chosen.includes(candidate.name));
// One more than there are processors, as some wait for what they start; tests measure times, so nothing runs beside them.
const beside = steps.filter(({ name }) => !LAST.has(name));
const takeNext = async (): Promise<void> => {
  for (let step = beside.shift(); step !== undefined; step = beside.shift()) await take(step);
};
await Promise.all(Array.from({ length: availableParallelism() + 1 }, takeNext));
for (const step of steps) if (LAST.has(step.name)) await take(step);

const failed = outcomes.filter((outcome) => !outcome.passed);
console.log(`\n${'step'.padEnd(10)}  result   seconds`);
for (const { name, passed, seconds } of outcomes) {
  console.log(`${name.padEnd(10)}  ${passed ? 'passed' : 'FAILED'} ${seconds.padStart(9)}`);
}
console.log(failed.length === 0 ? '\nAll checks passed.' : `\n${failed.length} of ${outcomes.length} checks failed.`);
process.exitCode = failed.length === 0 ? 0 : 1;
