/** One fault that a rule found in something a person wrote. */
export interface Issue {
  /** The rule's name, `kebab-case`. */
  readonly rule: string;
  /** JSON Pointer (RFC 6901) to the place; empty for the whole document. */
  readonly path: string;
  /** What is wrong and what to do. */
  readonly message: string;
  /** 1-based place in the YAML or JSON source, where there is one. */
  readonly line?: number;
  readonly column?: number;
}
