import { ends, limitsOf, type Attack, type AttackOptions, type Expectation } from './attack.ts';

/** What a script of each language may use, in front of its source. */
const PRELUDES = {
  // The input is flat: a name stands for one value. What is said on standard error is found in the log, whatever the answer.
  sh: `INPUT=$(cat); get() { printf %s "$INPUT" | sed -n "s/.*\\"$1\\":\\"\\{0,1\\}\\([^\\",}]*\\).*/\\1/p"; }; escaped() { echo ESCAPED >\&2; }`,
  python3:
    'import ctypes, errno, json, mmap, os, resource, signal, socket, subprocess, sys, threading, time\nget = json.load(sys.stdin).get\nlibc = ctypes.CDLL(None, use_errno=True)\ndef escaped(): print("ESCAPED", file=sys.stderr)\n# One line, as the last words of a failure are cut.\nsys.excepthook = lambda kind, error, trace: print(kind.__name__, error, file=sys.stderr)',
} as const;

type Runtime = keyof typeof PRELUDES;

/** Tools in other languages are started in no lesser layer. */
const notStarted: Expectation = { ...ends('sandboxFailed'), message: /need the full layer/ };

/** Makes the attacks of one category that are scripts: they answer with what they write to standard output, in JSON. */
export const scriptsOf = (category: string): Readonly<Record<Runtime, (...args: ScriptArguments) => Attack>> => {
  const make =
    (runtime: Runtime) =>
    (...[name, expected, source, options = {}]: ScriptArguments): Attack => {
      const perLayer = { base: notStarted, full: expected };
      return {
        name,
        category,
        runtime,
        source: `${PRELUDES[runtime]}\n${source}\n`,
        expected: perLayer,
        limits: limitsOf(perLayer, options.limits),
        control: false,
        leastCpuMs: options.leastCpuMs ?? 0,
      };
    };
  return { sh: make('sh'), python3: make('python3') };
};

type ScriptArguments = readonly [name: string, expected: Expectation, source: string, options?: ScriptOptions];

type ScriptOptions = Omit<AttackOptions, 'control'>;

/** The script fails with what the system answered: by default with one of the three errors of a right that is missing. */
export const refusedScript = (message = /Permission denied|not permitted|Read-only file system/): Expectation => ({
  kinds: ['threw'],
  message,
});

/** The private root of scripts lacks such a file. */
export const absentFile: Expectation = refusedScript(/No such file|Directory nonexistent/);

/** A race: many processes at once end with the bound on them, or with the time or the processor that the crowd takes. */
export const crowded: Expectation = {
  kinds: ['processesExceeded', 'timedOut', 'cpuExceeded'],
};

export const soon = { timeoutMs: 500, cpuMs: 60_000 } as const;
