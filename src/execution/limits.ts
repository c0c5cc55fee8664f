/** Leaf attempts running at once in one execution. */
export const MAX_RUNNING = 1_000;

/** Iterations and branches open at once in one execution, beyond one for each open composite. */
export const MAX_OPEN_BODIES = 1_000;

/** Commands of one kind that one `decide` gives: each leads to one event, so that room for the end can be kept. */
export const MAX_COMMANDS = 1_000;

/** Events of one execution, the last included. */
export const MAX_EVENTS = 100_000;

/** Owners that died one after the other, each with an attempt started and no outcome recorded. */
export const MAX_CRASHES = 5;
