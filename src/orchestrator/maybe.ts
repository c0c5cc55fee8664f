import type { Maybe } from './executor.ts';

/** Goes on with a value at once when it is there, else when its promise resolves. */
export function then<T, R>(value: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
