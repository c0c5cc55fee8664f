// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'b199990f437cfcad487e44e5793f8ee127e2ffd5b3eabbc33ca73d421b4e92ba',
  aarch64: 'fb7767db0eec3e5c83dcf57201674b4d6b791eccdf6711eb80bd2432467bdd16',
} as const;
