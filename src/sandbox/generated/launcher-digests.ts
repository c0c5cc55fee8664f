// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '24ff51aa8b4946dab4c8f8c1aaa9ce15b56b353a32ea9b58b144683f2a49a5d6',
  aarch64: '0980af90f42697b1542e6ddf1064d3d08300cd929cacc12ddd524592686d4b35',
} as const;
