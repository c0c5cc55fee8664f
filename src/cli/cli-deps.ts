import type { Blueprint } from '../blueprint/blueprint.ts';
import type { Examined } from '../compiler/examine.ts';
import type { Result } from '../core/result.ts';
import type { Client, ServerAddress } from './client.ts';
import type { ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** One thing that `doctor` looked at. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** A server runs without it, with these settings. */
  readonly optional?: boolean | undefined;
  /** What was found, and what to do where it is not well. */
  readonly message: string;
}

/** What `iceos serve` was asked for on the command line; it goes before the settings. */
export interface ServeOptions {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly role: string | undefined;
}

/** What `audit verify` found. */
export interface AuditVerification {
  /** The first range that does not hold; undefined: all do. */
  readonly fault: { readonly range: number; readonly message: string } | undefined;
  readonly ranges: number;
  readonly rows: number;
  readonly unsealed: number;
  readonly head: { readonly number: number; readonly seal: string } | undefined;
  /** Whether a seal was known from elsewhere, without which a cut end does not show. */
  readonly isEndKnown: boolean;
}

/** What a rotation of keys came to, and how far one is. */
export interface KeyRotation {
  readonly done: number;
  readonly faults: readonly string[];
  readonly stopped: boolean;
}
export type OnRotated = (progress: { readonly done: number; readonly total: number | undefined }) => void;

/** What the program hands to the commands: settings already parsed, and the parts that only a server has. */
export interface CliDeps {
  readonly version: string;
  readonly terminal: Terminal;
  readonly settings: {
    readonly url: string;
    readonly apiKey: string | undefined;
    readonly dataDir: string;
    readonly metricsToken?: string | undefined;
  };
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Fires when the person wants the command to stop. */
  readonly signal: AbortSignal;
  /** All that the compiler says of a document, with the tools and models of this machine. */
  readonly examine: (document: Blueprint) => Promise<Examined>;
  /** Runs a server until it is told to stop. */
  readonly serve: (options: ServeOptions) => Promise<ExitCode>;
  /** Makes the first API key on the database of the settings; undefined when there is one. */
  readonly bootstrapKey: () => Promise<{ readonly key: string } | undefined>;
  /** Walks the seals of the audit log on the database of the settings; undefined without a key. */
  readonly verifyAudit: (
    expected: { readonly number: number; readonly seal: string } | undefined,
  ) => Promise<AuditVerification | undefined>;
  /** Wraps the data keys of all tenants again, on the database of the settings; undefined without a master key. */
  readonly rotateMasterKey: (onProgress: OnRotated) => Promise<KeyRotation | undefined>;
  /** Gives a tenant a new data key, the installation's own without an ID; undefined when it has no secrets. */
  readonly rotateDataKey: (tenant: string | undefined, onProgress: OnRotated) => Promise<KeyRotation | undefined>;
  /** The text of a file at a revision of git (`main:./schema.graphql`), or why there is none. */
  readonly gitShow: (object: string) => Promise<Result<string, string>>;
  /** Looks at this machine: Node, settings, database, sandbox. */
  readonly doctor: () => Promise<readonly Finding[]>;
}

/** What a command that speaks to a server works with. */
export interface Session {
  readonly client: Client;
  readonly address: ServerAddress;
}
