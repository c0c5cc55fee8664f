// Written by scripts/build-launcher.ts.

/** SHA-256 of the launcher by architecture. */
export const LAUNCHER_DIGESTS = {
  x86_64: '15a6a08315642cdd1308a64c05ba2aad024868cd78da7e388e3139e919e2971d',
  aarch64: 'e4ad566e114f7af7cd1e9d870c9dcbccf5d15139d82191882c832b16373432be',
} as const;
