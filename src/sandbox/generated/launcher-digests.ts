// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '602155c2e51f872540f13c74e3b44ba5eb08b7b3209637f836aa6aa1b97e446a',
  aarch64: 'c22c3da4e5616b9eb81973b6269bde45d2f6177545bdcaa4d5e31fc0b744e563',
} as const;
