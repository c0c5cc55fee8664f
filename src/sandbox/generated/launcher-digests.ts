// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '7c47a1cc3488197a7716c7e143da56a07c21cc9df9a784ac8aeb96374003e397',
  aarch64: 'aed7376ba4faeed97311f0302ee0e0614b4a7d73888c8430b2e4009ed87911d3',
} as const;
