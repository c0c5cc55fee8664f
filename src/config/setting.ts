import path from 'node:path';
import { z } from 'zod';
import { HOUR_MS } from '../core/units.ts';

/** The environment as the operating system hands it over. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One entry of the list of settings. */
export interface Setting<T> {
  readonly name: string;
  readonly group: string;
  readonly meaning: string;
  /** What a number counts, or which values are allowed. */
  readonly unit: string;
  /** The default as the documentation shows it; empty: none. */
  readonly shown: string;
  readonly schema: z.ZodType<T, string>;
  /** The value when the setting is absent or empty. */
  readonly absent: (environment: Environment) => T;
  /** Where it counts; elsewhere it is as if it were absent. */
  readonly counts?: (environment: Environment) => boolean;
}

export type Described = Pick<Setting<unknown>, 'name' | 'group' | 'meaning'>;

/** A whole number within a range. */
export const number = (
  about: Described,
  { unit, min, max }: { readonly unit: string; readonly min: number; readonly max: number },
  value: number,
): Setting<number> => ({
  ...about,
  unit,
  shown: String(value),
  schema: z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`)),
  absent: () => value,
});

/** One of a few words. */
export const oneOf = <const T extends string>(
  about: Described,
  values: readonly T[],
  value: NoInfer<T>,
): Setting<T> => ({
  ...about,
  unit: values.join(' | '),
  shown: value,
  schema: z.enum(values, `must be one of ${values.join(', ')}`),
  absent: () => value,
});

const ON = new Set(['1', 'true', 'on', 'yes']);

/** On or off. */
export const flag = (
  about: Described,
  shown: string,
  absent: (environment: Environment) => boolean,
): Setting<boolean> => ({
  ...about,
  unit: 'on | off',
  shown,
  schema: z
    .string()
    .toLowerCase()
    .pipe(z.enum([...ON, '0', 'false', 'off', 'no'], 'must be on or off'))
    .transform((text) => ON.has(text)),
  absent,
});

/** Any text. */
export const text = (about: Described, value: string): Setting<string> => ({
  ...about,
  unit: '',
  shown: value,
  schema: z.string(),
  absent: () => value,
});

/** Absent, or a text of a certain form. */
export const optional = (
  about: Described,
  unit: string,
  schema: z.ZodType<string, string>,
): Setting<string | undefined> => ({
  ...about,
  unit,
  shown: '',
  schema,
  absent: () => undefined,
});

/** Values parted by commas. */
export const list = <T>(about: Described, unit: string, item: z.ZodType<T, string>): Setting<readonly T[]> => ({
  ...about,
  unit,
  shown: '',
  schema: z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item)),
  absent: () => [],
});

/** A URL of certain protocols. */
export const url = (protocol: RegExp, message: string): z.ZodType<string, string> =>
  z.string().refine((value) => URL.canParse(value) && protocol.test(new URL(value).protocol), message);

/** `name=path`: a folder under the name that blueprints use. */
export const Folder = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*=.+$/, 'must be name=path, for example reports=/srv/reports')
  .transform((value) => {
    const at = value.indexOf('=');
    return { name: value.slice(0, at), path: path.resolve(value.slice(at + 1)) };
  });

/** `host:port`: where a tool may connect to. */
export const HostAndPort = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be host:port, for example api.example.com:443')
  .transform((value) => {
    const at = value.lastIndexOf(':');
    return {
      host: value
        .slice(0, at)
        .replace(/^\[|\]$/g, '')
        .toLowerCase(),
      port: Number(value.slice(at + 1)),
    };
  })
  .refine((value) => value.port >= 1 && value.port <= 65_535, 'has a port that is not between 1 and 65535');

/** `https://host`: where a page comes from, as browsers say it. */
export const Origin = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    'must be an origin such as https://app.example.com, without a path',
  );

export const isProduction = (environment: Environment): boolean => environment['NODE_ENV'] === 'production';

/** Bounds of a time. */
export const ms = { unit: 'milliseconds', min: 0, max: HOUR_MS };
