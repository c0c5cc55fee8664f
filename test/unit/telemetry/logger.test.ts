import { describe, expect, it } from 'vitest';
import { createLogger, redact, type Logger, type LogLevel } from '../../../src/telemetry/logger.ts';

function collect(level: LogLevel): {
  readonly logger: Logger;
  readonly lines: () => readonly Record<string, unknown>[];
} {
  const written: string[] = [];
  const logger = createLogger({ level, target: { write: (line) => written.push(line) } });
  return { logger, lines: () => written.map((line) => JSON.parse(line)) };
}

describe('createLogger', () => {
  it('writes a constant message and fields as one line of JSON', () => {
    const { logger, lines } = collect('debug');
    logger.child({ executionId: 'e1' }).warn('attempt abandoned', { node: 'sum', attempt: 2 });
    expect(lines()).toEqual([
      expect.objectContaining({ level: 'warn', msg: 'attempt abandoned', executionId: 'e1', node: 'sum', attempt: 2 }),
    ]);
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = collect('warn');
    logger.debug('one');
    logger.info('two');
    logger.error('three');
    logger.fatal('four');
    expect(lines().map((line) => line['msg'])).toEqual(['three', 'four']);
  });

  it('shows an error with its stack', () => {
    const { logger, lines } = collect('info');
    logger.error('append failed', { err: new Error('connection lost') });
    expect(lines()[0]).toMatchObject({ err: { message: 'connection lost', stack: expect.stringContaining('Error') } });
  });

  it('hides secrets by the name of their field and by their look', () => {
    const { logger, lines } = collect('info');
    const headers = { authorization: 'Bearer abc.def', cookie: 'x=1' };
    logger.info('request', {
      headers,
      apiKey: 'something',
      url: 'postgres://me:hunter2@db:5432/x',
      note: 'ice_abcdefghijk',
    });
    const text = JSON.stringify(lines());
    for (const secret of ['abc.def', 'x=1', 'something', 'hunter2', 'abcdefghijk']) expect(text).not.toContain(secret);
    expect(text).toContain('postgres://me:[redacted]@db:5432/x');
  });
});

describe('redact', () => {
  it('leaves ordinary text alone', () => {
    const text = 'GET http://127.0.0.1:4000/graphql at 12:30 by ice_';
    expect(redact(text)).toBe(text);
  });
});
