// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '5f9df4a634cbaca869200424ba89d346f14601466ed05f8f599bd37c54fae631',
  aarch64: '38302e94f425e42b970f843f1685e5ef535edf1aa90b87f38e41fa3c07ff6ec0',
} as const;
