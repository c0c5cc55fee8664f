// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'c409f7b0c577519474dbdc7f54bb6fda29db4a37a22810d31ad8ab94aa0d05f8',
  aarch64: '99ad6f82c5c25656a7ab14157af60a7d036ee2959430fde15a082a7c4dacdc8d',
} as const;
