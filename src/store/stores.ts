import type { Clock } from '../core/clock.ts';
import { createArtifactStore, type ArtifactStore } from './artifact-store.ts';
import { createAuditSealStore, type AuditSealStore } from './audit-seal-store.ts';
import { createAuditStore, type AuditStore } from './audit-store.ts';
import { createBatcher, type Batcher, type BatcherDeps } from './batcher.ts';
import { createBlueprintStore, type BlueprintStore } from './blueprint-store.ts';
import { createCredentialStore, type CredentialStore } from './credential-store.ts';
import { createConditionStore, type ConditionStore } from './condition-store.ts';
import { createDataKeyStore, type DataKeyStore } from './data-key-store.ts';
import type { Database } from './database.ts';
import { createDenialStore, type DenialStore } from './denial-store.ts';
import { createEventStore, type EventStore } from './event-store.ts';
import { createExecutionStore, type ExecutionStore } from './execution-store.ts';
import { createLedgerReads, type LedgerReads } from './ledger-reads.ts';
import { createLedgerStore, type LedgerStore } from './ledger-store.ts';
import { createLeaseStore, type LeaseStore } from './lease-store.ts';
import type { MemoryLimits } from './memory-limits.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { createNotifications, type Notifications } from './notifications.ts';
import { createPolicyStore, type PolicyStore } from './policy-store.ts';
import { createSecretStore, type SecretStore } from './secret-store.ts';
import { createTicketStore, type TicketStore } from './ticket-store.ts';
import { createValueStore, type ValueStore } from './value-store.ts';

export interface StoresDeps extends Omit<BatcherDeps, 'journal'> {
  readonly database: Database;
  readonly clock: Clock;
  readonly memoryLimits?: Partial<MemoryLimits> | undefined;
}

/** All stores of one database, on one batcher. */
export interface Stores {
  readonly artifacts: ArtifactStore;
  readonly audit: AuditStore;
  readonly auditSeals: AuditSealStore;
  readonly batcher: Batcher;
  readonly blueprints: BlueprintStore;
  readonly condition: ConditionStore;
  readonly credentials: CredentialStore;
  readonly dataKeys: DataKeyStore;
  readonly denials: DenialStore;
  readonly events: EventStore;
  readonly executions: ExecutionStore;
  readonly leases: LeaseStore;
  readonly ledger: LedgerStore;
  readonly ledgerReads: LedgerReads;
  readonly memory: MemoryStore;
  readonly notifications: Notifications;
  readonly policies: PolicyStore;
  readonly secrets: SecretStore;
  readonly tickets: TicketStore;
  readonly values: ValueStore;
}

export function createStores({ database, memoryLimits = {}, ...deps }: StoresDeps): Stores {
  const batcher = createBatcher({ ...deps, journal: database.journal });
  const { onCommitted, hint } = deps;
  const artifacts = createArtifactStore({ database });
  return {
    artifacts,
    audit: createAuditStore({ database }),
    auditSeals: createAuditSealStore({ database }),
    batcher,
    blueprints: createBlueprintStore({ database }),
    condition: createConditionStore({ database, clock: deps.clock }),
    credentials: createCredentialStore({ database }),
    dataKeys: createDataKeyStore({ database }),
    denials: createDenialStore({ database }),
    events: createEventStore({ database, batcher, onCommitted, hint }),
    executions: createExecutionStore({ database, batcher }),
    leases: createLeaseStore({ database }),
    ledger: createLedgerStore({ database }),
    ledgerReads: createLedgerReads({ database }),
    memory: createMemoryStore({ database, clock: deps.clock, limits: memoryLimits }),
    notifications: createNotifications({ database }),
    policies: createPolicyStore({ database }),
    secrets: createSecretStore({ database }),
    tickets: createTicketStore({ database }),
    values: createValueStore(artifacts),
  };
}
