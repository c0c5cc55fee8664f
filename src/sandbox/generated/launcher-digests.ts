// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '70469c343caa5b59da7bc9984a07e68fa43ba22e23a30c8c6ab7618ebfe37c63',
  aarch64: 'e25c8949013f69d1b059b2376188845257a3bee2bdd95616b1e23d92e3ca0ee0',
} as const;
