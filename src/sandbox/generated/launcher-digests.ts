// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '2458b0ff0b01a9eec32ff549f2312a5c43729f886f08e0ebc37de963641d0096',
  aarch64: '57f1583cd68d8e0da64262a80293aefd9b5f527732d7388f704749cf827552fe',
} as const;
