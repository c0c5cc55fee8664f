import { isTerminalEvent, type RecordedEvent } from '../execution/events.ts';

/** Which events a reader wants; terminal ones always pass. Absent: all. */
export interface EventFilter {
  readonly types?: ReadonlySet<RecordedEvent['type']> | undefined;
  /** Nodes at any depth; what happens inside a composite of that name passes too. */
  readonly nodeNames?: ReadonlySet<string> | undefined;
}

export function passes(event: RecordedEvent, { types, nodeNames }: EventFilter): boolean {
  if (isTerminalEvent(event)) return true;
  if (types && !types.has(event.type)) return false;
  return !nodeNames || ('path' in event && isNamed(event.path, nodeNames));
}

/** The same for filters that let the same events pass, in whatever order they name them. */
export const textOfFilter = ({ types, nodeNames }: EventFilter): string =>
  JSON.stringify([types && [...types].toSorted(), nodeNames && [...nodeNames].toSorted()]);

/** Of text the names alone decide. */
export const passesText = (path: string, { nodeNames }: EventFilter): boolean =>
  nodeNames === undefined || isNamed(path, nodeNames);

const isNamed = (path: string, nodeNames: ReadonlySet<string>): boolean =>
  namesIn(path).some((name) => nodeNames.has(name));

/** `audit[17].classify` -> `audit`, `classify`. */
const namesIn = (path: string): readonly string[] => path.replace(/\[\d+\]/g, '').split('.');
