import type { Limits } from '../../../src/usage/limits.ts';
import type { SandboxOutcomeKind } from '../../../src/usage/receipt.ts';

export type Layer = 'base' | 'full';

/** The word that an attack answers with when it reached its aim. It may come back in no outcome and in no log. */
export const ESCAPED = 'ESCAPED';

export type PerLayer = Readonly<Record<Layer, Expectation>>;

/** How an attack has to end. */
export interface Expectation {
  readonly kinds: readonly SandboxOutcomeKind[];
  /** Of the outcome's sentence, when it has one: shows that it ended for the reason that is meant, and not by a slip. */
  readonly message?: RegExp | undefined;
}

/**
 * A small program that tries one thing which its sandbox forbids or bounds: the body of an async function of `input`, or a
 * script that reads it.
 */
export interface Attack {
  readonly name: string;
  readonly category: string;
  readonly source: string;
  /** What runs the script. Absent: it is JavaScript. */
  readonly runtime?: 'sh' | 'python3';
  readonly expected: PerLayer;
  readonly limits: Partial<Limits>;
  /** True: harmless enough to be run unconfined, where it must reach its aim; so the attack is shown to be one. */
  readonly control: boolean;
  /** What the receipt has to say at least, whatever the code claims. */
  readonly leastCpuMs: number;
}

/** What an attack without modules of its own may use, in front of its source. */
const PRELUDE = [
  'const get = process.getBuiltinModule;',
  `const fs = get('node:fs');`,
  'const sleep = (ms) => new Promise((done) => setTimeout(done, ms));',
  'const settled = (emitter, event) => new Promise((done, fail) => { emitter.on("error", fail); emitter.on(event, done); });',
].join(' ');

export interface AttackOptions {
  readonly limits?: Partial<Limits>;
  readonly control?: boolean;
  readonly leastCpuMs?: number;
}

/** Enough for any attack that has to end otherwise than by its time, on a machine that is busy with others. */
const UNHURRIED_MS = 20_000;

/** The limits of an attack: its own, but time enough where it must not end by its time. */
export function limitsOf(expected: PerLayer, own: Partial<Limits> = {}): Partial<Limits> {
  if (Object.values(expected).some(({ kinds }) => kinds.includes('timedOut'))) return own;
  return { ...own, timeoutMs: Math.max(own.timeoutMs ?? 0, UNHURRIED_MS) };
}

/** Makes the attacks of one category. */
export const attacksOf =
  (category: string) =>
  (
    name: string,
    expected: Expectation | PerLayer,
    body: string | readonly [body: string, options: AttackOptions],
  ): Attack => {
    const [source, options] = typeof body === 'string' ? [body, {}] : body;
    const perLayer = 'base' in expected ? expected : { base: expected, full: expected };
    return {
      name,
      category,
      source: `${PRELUDE}\n${source}`,
      expected: perLayer,
      limits: limitsOf(perLayer, options.limits),
      control: options.control ?? false,
      leastCpuMs: options.leastCpuMs ?? 0,
    };
  };

/** One of these ends, for whatever reason. */
export const ends = (...kinds: readonly SandboxOutcomeKind[]): Expectation => ({ kinds });

/** The system, or Node, refuses: the code sees an error that says so, by default one of the three of a right that is missing. */
export const refused = (message = /\bE(ACCES|PERM|ROFS)\b/): Expectation => ({ kinds: ['threw'], message });

/** There is no such file: the private root of the full layer lacks it, the base layer a scratch. */
export const absent: Expectation = refused(/\bENOENT\b/);
/** What it may not do to files, though it may see them. */
export const noAccess: Expectation = refused(/\bEACCES\b/);
/** What no filter of system calls lets through. */
export const notPermitted: Expectation = refused(/\bEPERM\b/);
/** A file of the machine: the base layer refuses it, and the private root of the full layer lacks it. */
export const hidden: PerLayer = { base: noAccess, full: absent };

/** The deed does nothing to anybody else: the call answers, but not with the word. */
export const harmless: Expectation = { kinds: ['succeeded'] };

/** A call that no honest program makes: the worker is ended for it, and the outcome names it. */
export const denied: Expectation = { kinds: ['policyViolated'] };

/** The bound on memory, as the kernel or as the engine tells it. */
export const outOfMemory = {
  kinds: ['memoryExceeded', 'threw'],
  message: /memory|heap|allocat|Invalid (string|array|typed array) length|Cannot create a string|ENOMEM|too large/i,
} as const satisfies Expectation;

/** Now and then the engine falls over a shared buffer that it was not given, or ends itself for it; no other signal is one. */
export const outOfSharedMemory: Expectation = {
  kinds: [...outOfMemory.kinds, 'signaled'],
  message: new RegExp(
    `^Its process was ended by SIG(SEGV|ABRT) before it answered\\.$|${outOfMemory.message.source}`,
    'i',
  ),
};
