/** What the program's exit code says; `iceos --help` lists them. */
export const EXIT = {
  succeeded: 0,
  failed: 1,
  badInput: 2,
  canceled: 3,
  unreachable: 4,
  /** Ctrl-C ended the watching, not the execution. */
  detached: 130,
  configuration: 78,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with a sentence for the person and a code for the script. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly code: ExitCode;
  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
