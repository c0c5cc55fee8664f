// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'd874be96f9ecfea3aec98a735060e77298ee3f78890c2e794995437fe99fa344',
  aarch64: '49ac0b622a90f23de4cdc7060411fd0c9ce5aca310ae9c37d1fe0d7b408015f6',
} as const;
