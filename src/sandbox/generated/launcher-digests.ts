// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'ee79cce72b227025cbe92f5d7161aaebc91523d9a729a05d06c3843c141eff4b',
  aarch64: 'bc9b936a034f4c98b8f0cbe2231fefb9efc0a3aefe01d58f4a37c57d1e549bd6',
} as const;
