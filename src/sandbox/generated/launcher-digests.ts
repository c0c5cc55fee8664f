// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '1d7cf02d3d898ef990a58dbb11181bcda00b346fa9f3940cf0de29bf8b067cf8',
  aarch64: 'c1796025ad539aadb0811caf9962e9f7b6d8fcbe6de5e4b321a76eeb468c03a3',
} as const;
