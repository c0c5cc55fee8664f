// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'e839a1c1f04b4c74f8b3fb5f4dc00c35e7b20f0b7954e97dd0ab4452c846c4ea',
  aarch64: '48712bb8457d36fb259acca03fbc63c6f570de1c6c7d059305384e0ce8a1f7bf',
} as const;
