import type { RecordedEvent } from './events.ts';

/** What one read of the journal gives of one execution. */
export interface JournalPage {
  readonly events: readonly RecordedEvent[];
  /** A bound cut the page: the journal has more already. */
  readonly more: boolean;
}
