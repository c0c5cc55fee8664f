import type { CredentialRef } from '../core/audit.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';

export const SCOPES = [
  'audit:read',
  'blueprints:read',
  'blueprints:write',
  'executions:read',
  'executions:write',
  'grants:write',
  'keys',
  'memory:read',
  'memory:write',
  'secrets',
] as const;
export type ViewerScope = (typeof SCOPES)[number];

/** Who is asking, after authentication. */
export interface Viewer {
  readonly tenant: TenantId;
  /** Name of the API key; stands in revisions and events as the author. */
  readonly subject: string;
  readonly scopes: ReadonlySet<ViewerScope>;
  /** Of those of the subject the one that was shown; of a stream ticket the one that made it. */
  readonly credential?: CredentialRef | undefined;
  /** Of a stream ticket: it has no scopes, and may read this execution alone. */
  readonly onlyExecution?: ExecutionId | undefined;
}

export const isScope = (scope: string): scope is ViewerScope => SCOPES.some((known) => known === scope);

/** Thrown when a viewer lacks a scope; the gateway answers `FORBIDDEN`. It is no expected error of one use case. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
  readonly scope: ViewerScope;
  constructor(scope: ViewerScope, message = `This needs the scope ${scope}. Use an API key that has it.`) {
    super(message);
    this.scope = scope;
  }
}

/** The one place where scopes are checked: every use case calls it first, or what follows it. */
export function requireScope(viewer: Viewer, scope: ViewerScope): void {
  if (!viewer.scopes.has(scope)) throw new ForbiddenError(scope);
}

/** What follows or reads one execution checks this instead: it lets in who has a ticket for it, too. */
export function requireExecution(viewer: Viewer, id: ExecutionId): void {
  if (viewer.onlyExecution === undefined || viewer.onlyExecution !== id) requireScope(viewer, 'executions:read');
}
