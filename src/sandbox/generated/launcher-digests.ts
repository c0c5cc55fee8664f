// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'ff39cfed268cfa8d2e383f77a9484a705341e00d2427e75348462519475a1f1b',
  aarch64: 'ed0290b76db42ca539222a3132c374c643954eb119ea3ef5d0447def4fb1d22e',
} as const;
