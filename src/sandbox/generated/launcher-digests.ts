// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '61da4d1107e9b5145bef709d4238da5c16d5e854d7f2848fe59732543a0e85ff',
  aarch64: '3a77b919f6484a19c99dd6ca8b4971687f634afb44c7cf72be6ff334ad1ad343',
} as const;
