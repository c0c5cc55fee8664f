/**
 * What is asked of all tenants at once where clients ask, and why. Everything else that a client causes names one tenant, and
 * row-level security keeps the others' rows from it. What orchestrators do by themselves works for all tenants by its nature:
 * the batches of the journal, leases, the ledger's changes, seals, the purge.
 */
export const CROSSINGS = {
  findApiKey: 'Who asks is known by the row alone, which is found by the ID that stands in the key.',
  markApiKeyUsed: 'The same row, once the key was found to be right.',
  makeFirstApiKey: 'There may be no key of any tenant.',
  findStreamTicket: 'Whose it is stands in the row, which is found by the hash of the secret.',
  findDeniedTokens:
    'All open streams are looked after by one statement; each token is held against those of its own tenant.',
  limitRates: 'The counters have the caller in their key and hold nothing of a tenant.',
  notify: 'It reaches no table; what is said carries no content.',
  ping: 'It reaches no table.',
} as const;

export type Crossing = keyof typeof CROSSINGS;
