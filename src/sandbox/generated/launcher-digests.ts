// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '042293e539f16821b702c5eba5d979c674a0a55a559f9f1b979053799b5ef6bb',
  aarch64: '8c46a425d7b8517bef0f84cf9e7685c41fc98e405cd8372b951e3e9f5ff0bc65',
} as const;
