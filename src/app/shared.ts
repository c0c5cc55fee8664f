import type { Config } from '../config.ts';
import type { JournalClock } from '../orchestrator/journal-clock.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import type { Registry } from '../registry/registry.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { InstallationPaths } from './installation.ts';
import type { Observers } from './observers.ts';
import type { OpenStore } from './open-store.ts';

/** What every part of the program is connected with. */
export interface Shared {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly observers: Observers;
  readonly clock: JournalClock;
  readonly newId: () => string;
  readonly store: OpenStore;
  readonly registry: Registry;
  /** Undefined: there is no master key. */
  readonly vault: SecretVault | undefined;
  readonly paths: InstallationPaths;
  /** Undefined: nobody collects traces. */
  readonly tracing: Tracing | undefined;
}
