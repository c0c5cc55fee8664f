// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '9e2f64416dce72196135835beaec95f007fb102c89f1e3d48235dca1377a2362',
  aarch64: '1472630c1bb6747e8a79684a39158b99bbca7f8c46378596b479d80bbb6fa2de',
} as const;
