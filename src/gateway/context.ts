import type { ApiKeyUseCases } from '../use-cases/api-key-use-cases.ts';
import type { AuditUseCases } from '../use-cases/audit-use-cases.ts';
import type { BlueprintUseCases } from '../use-cases/blueprint-use-cases.ts';
import type { ExecutionUseCases } from '../use-cases/execution-use-cases.ts';
import type { MemoryUseCases } from '../use-cases/memory-use-cases.ts';
import type { PolicyUseCases } from '../use-cases/policy-use-cases.ts';
import type { RegistryUseCases } from '../use-cases/list-registry.ts';
import type { SecretUseCases } from '../use-cases/secret-use-cases.ts';
import type { StreamTicketUseCases } from '../use-cases/stream-tickets.ts';
import type { TokenDenialUseCases } from '../use-cases/token-denials.ts';
import type { UsageUseCases } from '../use-cases/usage-use-cases.ts';
import type { Session } from '../use-cases/authenticate.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { createExecutionLoaders, type ExecutionLoaders } from './execution-loaders.ts';
import { createBlueprintLoaders, type BlueprintLoaders } from './loaders.ts';
import type { Streams } from './streams.ts';

/** What the resolvers may ask for; `app.ts` makes them. */
export interface UseCases {
  readonly apiKeys: ApiKeyUseCases;
  readonly audit: AuditUseCases;
  readonly blueprints: BlueprintUseCases;
  readonly executions: ExecutionUseCases;
  readonly registry: RegistryUseCases;
  readonly policies: PolicyUseCases;
  readonly secrets: SecretUseCases;
  readonly memory: MemoryUseCases;
  readonly streamTickets: StreamTicketUseCases;
  readonly tokenDenials: TokenDenialUseCases;
  readonly usage: UsageUseCases;
}

/** What resolvers see of one operation, or of one event of a subscription. */
export interface OperationContext extends UseCases {
  readonly viewer: Viewer;
  readonly session: Session;
  readonly streams: Pick<Streams, 'renew'>;
  readonly load: BlueprintLoaders & ExecutionLoaders;
  /** Of operations over HTTP; over a WebSocket there is none. */
  readonly request?: Request;
}

/** Made anew for each operation and each event: loaders that lived longer would answer with stale rows. */
export function createOperationContext(
  { useCases, streams }: { readonly useCases: UseCases } & Pick<OperationContext, 'streams'>,
  session: Session,
): OperationContext {
  const { viewer } = session;
  return {
    ...useCases,
    streams,
    session,
    viewer,
    load: {
      ...createBlueprintLoaders(useCases.blueprints, viewer),
      ...createExecutionLoaders(useCases.executions, viewer),
    },
  };
}
