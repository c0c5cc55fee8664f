/** A long-lived part of the program. Both calls are safe to make twice. */
export interface Part {
  start?(signal: AbortSignal): Promise<void> | void;
  close(): Promise<void> | void;
}

/** Starts parts in order and closes them in reverse. */
export interface Scope {
  /** Starts the part and takes charge of closing it. A part whose start fails is closed too. */
  add<P extends Part>(part: P): Promise<P>;
  /** Fires when the scope begins to close; `reason` is the first reason given. */
  readonly signal: AbortSignal;
  /** Closes all parts in reverse order. Every part is closed even when one of them fails; the first failure is thrown. */
  close(reason?: Error): Promise<void>;
}

export function createScope(): Scope {
  const parts: Part[] = [];
  const controller = new AbortController();
  let closing: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of parts.reverse()) {
      try {
        await part.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  return {
    signal: controller.signal,
    async add(part) {
      parts.push(part);
      await part.start?.(controller.signal);
      return part;
    },
    close(reason = new Error('closed')) {
      controller.abort(reason);
      closing ??= closeAll();
      return closing;
    },
  };
}
