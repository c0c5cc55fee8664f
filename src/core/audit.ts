import type { TenantId } from './ids.ts';

/**
 * Everything that the audit log records, with the kind of thing that it is done to: the closed list. A mutation is
 * recorded under its own name.
 */
export const AUDIT_NOUNS = {
  allowToken: 'TokenDenial',
  archiveBlueprint: 'Blueprint',
  cancelExecution: 'Execution',
  cancelReembedding: 'MemoryCollection',
  createApiKey: 'ApiKey',
  createBlueprint: 'Blueprint',
  /** Of an empty store: by the server itself, or by `iceos keys create --bootstrap`. */
  createFirstApiKey: 'ApiKey',
  /** The ID is that of the execution which it lets follow. */
  createStreamTicket: 'Execution',
  deleteBlueprint: 'Blueprint',
  deleteSecret: 'Secret',
  denyToken: 'TokenDenial',
  exportAuditLog: 'AuditLog',
  forgetFacts: 'MemoryCollection',
  forgetSession: 'Session',
  forgetSubject: 'Subject',
  pauseExecution: 'Execution',
  publishBlueprint: 'Blueprint',
  reembedCollection: 'MemoryCollection',
  /** A request that a scope or a rate limit refused: a sample. */
  refuseRequest: 'Request',
  rememberFacts: 'MemoryCollection',
  renewStream: 'Stream',
  restoreBlueprint: 'Blueprint',
  resumeExecution: 'Execution',
  /** A tool was given its plain text; the subject is the execution. */
  revealSecret: 'Secret',
  revokeApiKey: 'ApiKey',
  rotateApiKey: 'ApiKey',
  /** By `iceos secrets rotate-data-key`. */
  rotateDataKey: 'DataKey',
  /** By `iceos secrets rotate-master-key`: one for each data key. */
  rotateMasterKey: 'DataKey',
  setBlueprintLayout: 'Blueprint',
  setSecret: 'Secret',
  startExecution: 'Execution',
  updateBlueprint: 'Blueprint',
  updatePolicy: 'Policy',
} as const;

export type AuditAction = keyof typeof AUDIT_NOUNS;
export type AuditNoun = (typeof AUDIT_NOUNS)[AuditAction];

export const AUDIT_OUTCOMES = ['done', 'denied'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** What is written with a change: who did what to which thing, and the names of the fields. Never a value. */
export interface AuditEntry {
  readonly at: number;
  readonly tenant: TenantId;
  readonly subject: string;
  readonly action: AuditAction;
  /** Absent where the ID would be a value of the input, as of a subject that is forgotten. */
  readonly nounId?: string | undefined;
  /** Names, in the order of the letters. */
  readonly fields: readonly string[];
}

/** An entry as it is kept. */
export interface AuditRecord extends Omit<AuditEntry, 'nounId'> {
  /** Whole number as text; a later one is larger. */
  readonly id: string;
  readonly noun: AuditNoun;
  readonly nounId: string | undefined;
  readonly outcome: AuditOutcome;
}

/** Which entries; all that is given must hold. */
export interface AuditFilter {
  /** The first instant. */
  readonly from?: number | undefined;
  /** The instant after the last. */
  readonly to?: number | undefined;
  readonly subject?: string | undefined;
  readonly actions?: readonly AuditAction[] | undefined;
  readonly noun?: { readonly kind: string; readonly id: string } | undefined;
}
