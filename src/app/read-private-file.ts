import { open } from 'node:fs/promises';

/** Read, write or execute, for the group or for others. */
const OTHERS = 0o077;

export interface PrivateFileOptions {
  readonly maxBytes: number;
  /** The error for a sentence that says what to do. */
  readonly fault: (message: string) => Error;
}

/**
 * A file that its owner alone may read. One descriptor for the look at its rights and for reading: nobody can exchange the
 * file between.
 */
export async function readPrivateFile(file: string, { maxBytes, fault }: PrivateFileOptions): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw fault(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw fault(`${file} is no file.`);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0) {
      throw fault(`${file} can be read or changed by others than its owner. Do: chmod 600 ${file}`);
    }
    if (stat.size > maxBytes) throw fault(`${file} is larger than ${maxBytes} bytes.`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
