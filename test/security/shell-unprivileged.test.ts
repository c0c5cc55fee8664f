import { describeCorpus } from '../support/security-corpus.ts';

describeCorpus('full', 'unprivileged', 'shell');
