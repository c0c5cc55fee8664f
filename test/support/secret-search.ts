import { secretForms } from '../../src/sandbox/secret-forms.ts';

/** Each way in which a text may be written down, and what of it is searched for. */
const FORMS: Readonly<Record<string, (value: string) => readonly (string | Buffer)[]>> = {
  raw: (value) => [value],
  json: (value) => [
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1),
  ],
  // At each place that it may have among other bytes, in both alphabets.
  base64: (value) => secretForms(value).filter((form) => !form.includes(' ') && !form.equals(Buffer.from(value))),
  hex: (value) => [Buffer.from(value).toString('hex'), Buffer.from(value).toString('hex').toUpperCase()],
  url: (value) => [encodeURIComponent(value), encodeURI(value)],
  form: (value) => [new URLSearchParams({ '': value }).toString().slice(1)],
};

/** The names of the forms in which a value stands in one of the pieces. */
export const formsIn = (pieces: readonly Buffer[], value: string): readonly string[] =>
  Object.entries(FORMS).flatMap(([name, of]) => {
    const needles = of(value);
    return pieces.some((piece) => needles.some((needle) => piece.includes(needle))) ? [name] : [];
  });
