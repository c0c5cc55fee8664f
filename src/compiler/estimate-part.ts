import { eitherOf, exactly, optional, someOf, sumOf, timesOf, unlikely, type Span } from './span.ts';

/** What is estimated of calls of models. */
export interface Use {
  readonly calls: Span;
  readonly inputTokens: Span;
  readonly outputTokens: Span;
  readonly costUsdMicros: Span;
}

/** What a budget must have room for at least, so that no call that has to be made is refused; and the node that makes it. */
export interface Room {
  readonly usdMicros: bigint;
  readonly node: string | undefined;
}

/** The estimate of one part of a plan: a node, a body, a branch. */
export interface EstimatePart extends Use {
  readonly room: Room;
  /** Models of which nobody says what they cost. */
  readonly unpriced: readonly string[];
}

const NO_ROOM: Room = { usdMicros: 0n, node: undefined };
const inOrder = (parts: readonly EstimatePart[]): readonly Room[] =>
  parts
    .map(({ room }) => room)
    .toSorted((a, b) => (a.usdMicros < b.usdMicros ? -1 : a.usdMicros > b.usdMicros ? 1 : 0));

/** Parts with each of their numbers put together in one way. */
function together(
  parts: readonly EstimatePart[],
  spanOf: (spans: readonly Span[]) => Span,
  room: Room | undefined,
): EstimatePart {
  return {
    calls: spanOf(parts.map(({ calls }) => calls)),
    inputTokens: spanOf(parts.map(({ inputTokens }) => inputTokens)),
    outputTokens: spanOf(parts.map(({ outputTokens }) => outputTokens)),
    costUsdMicros: spanOf(parts.map(({ costUsdMicros }) => costUsdMicros)),
    room: room ?? NO_ROOM,
    unpriced: parts.flatMap(({ unpriced }) => unpriced),
  };
}
const changed = (part: EstimatePart, spanOf: (span: Span) => Span, room: Room): EstimatePart =>
  together([part], (spans) => sumOf(spans.map(spanOf)), room);

export const allParts = (parts: readonly EstimatePart[]): EstimatePart => together(parts, sumOf, inOrder(parts).at(-1));

/** All begin, and so many need to come to their end. */
export const someParts = (parts: readonly EstimatePart[], required: number): EstimatePart =>
  together(parts, (spans) => someOf(spans, required), inOrder(parts)[required - 1]);

/** One of them, each as likely as another. */
export const eitherPart = (parts: readonly EstimatePart[]): EstimatePart =>
  together(parts, eitherOf, inOrder(parts)[0]);

export const repeatedPart = (part: EstimatePart, count: Span): EstimatePart =>
  changed(part, (span) => timesOf(span, count), count.least > 0n ? part.room : NO_ROOM);

/** It may be left out. */
export const optionalPart = (part: EstimatePart): EstimatePart => changed(part, optional, NO_ROOM);

/** It is there only when something goes wrong. */
export const unlikelyPart = (part: EstimatePart): EstimatePart => changed(part, unlikely, NO_ROOM);

const NONE = exactly(0n);
/** It calls no model. */
export const NOTHING: EstimatePart = {
  ...{ calls: NONE, inputTokens: NONE, outputTokens: NONE, costUsdMicros: NONE },
  ...{ room: NO_ROOM, unpriced: [] },
};
