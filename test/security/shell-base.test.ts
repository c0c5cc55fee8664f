import { describeCorpus } from '../support/security-corpus.ts';

// Nothing of it is ever started there.
describeCorpus('base', 'unprivileged', 'shell');
