import { describeCorpus } from '../support/security-corpus.ts';

describeCorpus('full', 'root', 'shell');
