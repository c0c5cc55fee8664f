import { StringDecoder } from 'node:string_decoder';

/** Gathers pieces of output into whole lines: neither a letter nor a secret may be torn where a piece ends. */
export interface LineSplitter {
  add(chunk: Buffer): void;
  /** Forgets the line that is begun, as its end will not be added: half a secret would look like none. */
  drop(): void;
  /** Gives the last line, which has no break behind it. */
  end(): void;
}

export function splitLines(onLine: (line: string) => void): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';

  function take(text: string): void {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  }

  return {
    add: (chunk) => take(decoder.write(chunk)),
    drop() {
      rest = '';
    },
    end() {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
