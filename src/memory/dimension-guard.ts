import { err, ok, type Result } from '../core/result.ts';

/** What the vectors of a collection are made by, and how long they are. */
export interface VectorSpace {
  /** The collection's name, for messages. */
  readonly collection: string;
  readonly model: string;
  readonly dimensions: number;
}

/** Below the least normal number of 32 bits digits are lost, and with them the direction. */
const LEAST_NORM = 2 ** -126;

/**
 * The vector at length 1, when it may be written to that collection or held against its vectors; else a sentence that
 * says why not. Numbers are judged as the 32-bit numbers that are stored.
 */
export function checkVector(
  vector: ArrayLike<number>,
  madeBy: string,
  space: VectorSpace,
): Result<Float32Array, string> {
  const { collection, model, dimensions } = space;
  const refuse = (fault: string, remedy: string): Result<never, string> =>
    err(`The vector for the collection "${collection}" ${fault}. ${remedy}`);
  if (madeBy !== model)
    return refuse(
      `was made by the model "${madeBy}", and the collection holds vectors of "${model}"`,
      `Embed with "${model}", or change the collection's model by a re-embedding job.`,
    );
  if (vector.length !== dimensions)
    return refuse(
      `has ${vector.length} numbers, and "${model}" is declared with ${dimensions}`,
      'Check the dimensions in the declaration of the model and in the request to its provider.',
    );
  const numbers = Float32Array.from(vector);
  const broken = numbers.findIndex((number) => !Number.isFinite(number));
  if (broken >= 0)
    return refuse(
      `holds ${String(vector[broken])} at place ${broken}, which is no finite number of 32 bits`,
      `Ask "${model}" again; if it stays so, its provider is broken.`,
    );
  const norm = Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));
  if (norm < LEAST_NORM || !Number.isFinite(Math.fround(norm)))
    return refuse(
      `has the length ${norm}, so that its direction means nothing`,
      'Embed a text that says something; if this one does, the provider of the model is broken.',
    );
  return ok(numbers.map((number) => number / norm));
}
