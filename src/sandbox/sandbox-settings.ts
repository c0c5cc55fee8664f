/** What an operator sets of every worker; the list of settings has the defaults and the bounds. */
export interface SandboxSettings {
  /** What all workers together may have, idle ones too; further calls wait. */
  readonly totalMemoryBytes: number;
  /** Of each scratch folder. */
  readonly scratchBytes: number;
  /** Processes and threads of one worker's tree at once. */
  readonly processes: number;
  /** Names of tools whose workers serve one call after another. */
  readonly reusableTools: readonly string[];
  /** How many calls such a worker serves, and for how long. */
  readonly reuse: { readonly calls: number; readonly ms: number };
  /** Absolute paths of the programs that may run tools in other languages, by name; `undefined`: the usual ones. */
  readonly interpreters: Readonly<Record<string, string>> | undefined;
  /** A launcher that the operator has built. */
  readonly launcher: CustomLauncher | undefined;
}

/** A launcher that is not of the package, and the digest that it must have. */
export interface CustomLauncher {
  readonly file: string;
  readonly sha256: string;
}
