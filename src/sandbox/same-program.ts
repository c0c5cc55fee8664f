import { statSync, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Tells a file from one that has taken its place: while a program runs, nobody can write to it, nor have its number. */
const identityOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`;

/**
 * Remembers a program. What it answers with rejects once another one has its place, as after an upgrade: memory that was
 * measured and libraries that were found are those of the old one.
 */
export function rememberProgram(file: string): () => Promise<void> {
  // eslint-disable-next-line no-restricted-syntax -- once, at the start
  const remembered = identityOf(statSync(file));
  return async () => {
    if ((await stat(file).then(identityOf, () => undefined)) !== remembered)
      throw new Error(`Node (${file}) was replaced or removed since the server started. Restart the server.`);
  };
}
