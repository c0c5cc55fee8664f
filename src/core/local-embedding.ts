/** The model of embeddings that is part of the installation: the Universal Sentence Encoder, lite, for English. */
export const LOCAL_EMBEDDING_MODEL = 'use-lite-en';
export const LOCAL_EMBEDDING_DIMENSIONS = 512;
