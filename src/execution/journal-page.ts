import type { RecordedEvent } from './events.ts';

/** What one read of the journal gives of one execution. */
export interface JournalPage {
  readonly events: readonly RecordedEvent[];
  /** A bound cut the page: the journal has more already. */
  readonly more: boolean;
  /** Some are of a newer release, and told as far as this one knows them: to be shown, and not to be carried forward. */
  readonly isNewer?: boolean;
}
