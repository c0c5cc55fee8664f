import { describeCorpus } from '../support/security-corpus.ts';

describeCorpus('base', 'root');
