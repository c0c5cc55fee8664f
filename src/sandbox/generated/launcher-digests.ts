// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '91c6558120fc49ddba9b7b1d4644c78006328d6338852a3619552a13eb0044a1',
  aarch64: '3cdee6cb4581d6fcbc30d0db584ef58ee86de3e3571960af2f13c2872c1f7524',
} as const;
