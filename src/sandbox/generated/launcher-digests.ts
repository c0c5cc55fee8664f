// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '537b412f51a3d87752473328ec34fb92cc76aa120ff958a8a1e3d8c61987083e',
  aarch64: 'c5acad465b89ccf1cb0d96736e5e40aaa95bb9287f979c96ffd3cd7936d89259',
} as const;
