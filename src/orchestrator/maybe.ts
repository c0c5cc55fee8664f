import type { Maybe } from './executor.ts';

// Not named `then`: a module that exports one is a thenable, and importing it dynamically calls it.
/** Goes on with a value at once when it is there, else when its promise resolves. */
export function andThen<T, R>(value: Maybe<T>, next: (value: T) => Maybe<R>): Maybe<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
