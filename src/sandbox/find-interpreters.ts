import { access, constants } from 'node:fs/promises';

/** The programs that run tools in other languages, by name. */
export interface FoundInterpreters {
  readonly found: Readonly<Record<string, string>>;
  /** Those that were asked for by name and are not there, with their paths. */
  readonly missing: readonly (readonly [name: string, file: string])[];
}

/** Where most systems have them. */
export const USUAL_INTERPRETERS: Readonly<Record<string, string>> = { sh: '/bin/sh', python3: '/usr/bin/python3' };

/** Looks which of them can be executed; the usual ones need not be there. */
export async function findInterpreters(
  asked: Readonly<Record<string, string>> | undefined,
): Promise<FoundInterpreters> {
  const entries = Object.entries(asked ?? USUAL_INTERPRETERS);
  const isThere = await Promise.all(
    entries.map(([, file]) =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  const found = Object.fromEntries(entries.filter((_, index) => isThere[index]));
  const absent = entries.filter((_, index) => isThere[index] !== true);
  return { found, missing: asked === undefined && Object.keys(found).length > 0 ? [] : absent };
}
