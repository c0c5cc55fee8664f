// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: 'a143b2d17501e5251a5163affc9ac88c122fc50a4e6d92db9684c4f855b7324e',
  aarch64: '2fbcd022fd0842f465af4b1f6692253535609ebcd2b7c3373e095914d28b45ea',
} as const;
