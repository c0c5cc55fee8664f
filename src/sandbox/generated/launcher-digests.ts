// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '4a264bd62d8fe9197d06d886415affc3ddfdec31794a937c9e01afa953e2bb79',
  aarch64: 'c6c3f201696d8c8e59d22a387183be7e8004f341860cfb857aa664485be69e4c',
} as const;
