// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'e65e4261b2f2757709783c5ab3a10b976a61d3129cb107128b671644390809e1',
  aarch64: 'db9f20bb42aff2efdd9d0656056b908880b1facbf7069b6e220a12148db86f74',
} as const;
