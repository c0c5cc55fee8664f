// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'a1d923b0126b1d3ece06c25dbcb657b6312bff59165df887bde33769445cbec6',
  aarch64: 'c328c224f49d589c33780959a8d6a7a7f1ebb0bab24c83ada6e2a314967df77d',
} as const;
