/** What of its limits an error tells of. */
export type MetLimit = 'memory' | 'processes' | 'disk' | 'output';
