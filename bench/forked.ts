import { fork } from 'node:child_process';
import path from 'node:path';

/** Another program of the bench, in a process of its own that answers each message with one. */
export interface Forked<Asked, Answered> {
  ask(request: Asked): Promise<Answered>;
  /** Without an answer. */
  tell(request: Asked): void;
  readonly first: Promise<Answered>;
  close(): void;
}

export function forkBench<Asked extends object, Answered>(program: string): Forked<Asked, Answered> {
  const child = fork(path.join(import.meta.dirname, program), { execArgv: ['--import', 'tsx'] });
  const next = (): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`${program} ended with code ${code}.`));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        resolve(message as Answered); // our own programs answer what their types say
      });
    });
  return {
    ask(request) {
      const answered = next();
      child.send(request);
      return answered;
    },
    tell: (request) => void child.send(request),
    first: next(),
    close: () => void child.kill(),
  };
}
