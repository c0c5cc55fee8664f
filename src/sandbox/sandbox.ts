import type { Json } from '../core/json.ts';
import type { Limits } from '../usage/limits.ts';
import type { SandboxOutcomeKind, SandboxReceipt } from '../usage/receipt.ts';
import type { Grant } from './grant.ts';

/**
 * What confines the worker. `development` confines nothing: process, timeout and output limits only. `base`: limits, no new
 * privileges, Landlock, seccomp. `full`: that, and namespaces with a private root.
 */
export type SandboxLayer = 'development' | 'base' | 'full';

/** What a kind of worker may do. `js`: one process. `shell`: processes too, for tools in other languages; needs the full layer. */
export type SandboxProfile = 'js' | 'shell';

export type SandboxProgram =
  | { readonly type: 'code'; readonly source: string }
  | {
      readonly type: 'tool';
      readonly name: string;
      readonly version: string;
      /** Absolute folder of `tool.json`. */
      readonly folder: string;
      readonly entry: string;
      /** Name of the interpreter that runs the entry; absent: the worker itself, as JavaScript. */
      readonly runtime?: string | undefined;
      /** Whose call it is: the worker of a tool marked reusable serves one tenant. */
      readonly tenant: string;
    };

export interface SandboxCall {
  readonly program: SandboxProgram;
  readonly input: Json;
  readonly limits: Limits;
  /** Equal for all attempts of one node in one execution; tools pass it on to what they call. */
  readonly idempotencyKey: string;
  /** Of the span of this call (W3C). */
  readonly traceparent?: string | undefined;
  /** What the broker may do for this call. */
  readonly grants: readonly Grant[];
  readonly onLog?: (line: { readonly level: 'info' | 'warn' | 'error'; readonly message: string }) => void;
}

export interface SandboxUsage {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
}

/** How a call ended. Every end but `succeeded` has a sentence that the author of the code understands. */
export type SandboxOutcome =
  | { readonly kind: 'succeeded'; readonly output: Json }
  /** The code threw, or answered what is no JSON. */
  | { readonly kind: 'threw'; readonly message: string; readonly retryable: boolean }
  | { readonly kind: Exclude<SandboxOutcomeKind, 'succeeded' | 'threw'>; readonly message: string };

export interface SandboxReport {
  readonly outcome: SandboxOutcome;
  readonly receipt: SandboxReceipt;
}

/** The boundary around one attempt of untrusted code. */
export interface Sandbox {
  readonly layer: SandboxLayer;
  /** Never rejects because of what the code did. Resolves when the worker and all its children are gone. */
  run(call: SandboxCall, signal: AbortSignal): Promise<SandboxReport>;
  close(): Promise<void>;
}
