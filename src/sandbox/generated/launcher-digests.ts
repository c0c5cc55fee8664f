// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '81a160f0797a2982863c7890e803345da1a7d2abd0e2b006e87898eb2f2f5c79',
  aarch64: '3757282d6d3e9e92c356a9aed95cc373f92673783628fb2707db50bd3f4c2033',
} as const;
