import type { ExecutionResult } from 'graphql';
import type { Live } from '../live/pull-stream.ts';

/** Messages whose results are still being made; behind them all pull, and can fall behind and be told so. */
const MOST_UNTOLD = 8;

/** One who takes results as they come. */
export interface Reader {
  readonly toResult: (payload: unknown) => Promise<ExecutionResult>;
  /** False: it takes no more now. */
  readonly take: (result: ExecutionResult) => boolean;
}

export interface Stay {
  /** Resolves when the next is to be pulled; rejects when a result cannot be made or taken. */
  readonly over: Promise<void>;
  leave(): void;
}

/**
 * Where those who hear the same messages with the same selection wait together: a message is looked up, executed and ordered once
 * for the whole room, and what remains for each who is there is to take its result.
 */
export interface Rooms {
  enter(of: { readonly live: Live<unknown>; readonly selection: string }, reader: Reader): Stay;
}

export function createRooms(): Rooms {
  const bySource = new WeakMap<object, Map<string, Room>>();
  return {
    enter({ live, selection }, reader) {
      const place = live.place();
      if (place === undefined) return { over: Promise.resolve(), leave: () => undefined };
      const bySelection = bySource.get(live.source) ?? new Map<string, Room>();
      bySource.set(live.source, bySelection);
      const key = `${selection} ${live.selected}`;
      const known = bySelection.get(key);
      if (known !== undefined) return known.enter({ ...reader, live, place });
      const room = createRoom(() => {
        if (bySelection.get(key) === room) bySelection.delete(key);
      });
      bySelection.set(key, room);
      const stay = room.enter({ ...reader, live, place });
      room.open(live);
      return stay;
    },
  };
}

interface Guest extends Reader {
  readonly live: Live<unknown>;
  /** Where it was when it entered. */
  readonly place: number;
}

interface Member extends Guest {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Room {
  open(live: Live<unknown>): void;
  enter(guest: Guest): Stay;
}

type Outcome = { readonly ok: true; readonly value: ExecutionResult } | { readonly ok: false; readonly error: unknown };

/** `onClosing`: nobody may enter any more. */
function createRoom(onClosing: () => void): Room {
  const members = new Set<Member>();
  const closing = new AbortController();
  /** Up to here all was told that was selected. */
  let place = 0;
  let untold = 0;
  let told = Promise.resolve();

  function close(): void {
    onClosing();
    closing.abort(new Error('The room is empty.'));
  }

  function remove(member: Member): void {
    if (members.delete(member) && members.size === 0) close();
  }

  function release(member: Member): void {
    remove(member);
    member.live.moveTo(Math.max(member.place, place));
    member.resolve();
  }

  function fail(member: Member, error: unknown): void {
    remove(member);
    member.reject(error);
  }

  function tell(outcome: Outcome, to: number): void {
    place = to;
    for (const member of members) {
      // It entered while this was being made, and knows it.
      if (to <= member.place) continue;
      // What goes wrong for one is that one's alone.
      try {
        if (!outcome.ok) throw outcome.error;
        if (!member.take(outcome.value)) release(member);
      } catch (error) {
        fail(member, error);
      }
    }
  }

  /** What one message shows may take longer than what the next does: they are told in their order all the same. */
  async function tellInTurn(made: Promise<ExecutionResult>, before: Promise<void>, to: number): Promise<void> {
    const outcome = await made.then(
      (value): Outcome => ({ ok: true, value }),
      (error: unknown): Outcome => ({ ok: false, error }),
    );
    await before;
    untold -= 1;
    tell(outcome, to);
  }

  const listener = {
    get readers() {
      return members.size;
    },
    take(payload: unknown, to: number): boolean {
      const [anyone] = members;
      if (anyone === undefined) return false;
      untold += 1;
      told = tellInTurn(anyone.toResult(payload), told, to);
      return untold < MOST_UNTOLD;
    },
    pass(to: number): void {
      const move = (): void => void (place = Math.max(place, to));
      if (untold === 0) move();
      else told = told.then(move);
    },
  };

  return {
    open(live) {
      live.listen(listener, closing.signal).then(
        async () => {
          onClosing();
          await told;
          for (const member of members) release(member);
        },
        (error: unknown) => {
          onClosing();
          for (const member of members) fail(member, error);
        },
      );
    },
    enter(guest) {
      let leave = (): void => undefined;
      const over = new Promise<void>((resolve, reject) => {
        const member = { ...guest, resolve, reject };
        members.add(member);
        leave = () => {
          remove(member);
          resolve();
        };
      });
      return { over, leave: () => leave() };
    },
  };
}
