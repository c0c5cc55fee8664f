// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '14e2d0bef47069716968d86280fcdced873f62c23aea2e1a991fcce4b93c83ba',
  aarch64: '59c329f71a1c6ceb520a648cbc6cb277013bf809049f1a9f8a06f392828a5a5b',
} as const;
