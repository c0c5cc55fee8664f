import { describe, expect, it } from 'vitest';
import { ownListeners } from '../../../src/app/own-listeners.ts';

const config = { host: '127.0.0.1', port: 0, databaseUrl: undefined };

describe('ownListeners', () => {
  it('names the port that the system has chosen', () => {
    expect(ownListeners(config, 'http://127.0.0.1:43210')).toEqual([{ host: '127.0.0.1', port: 43_210 }]);
  });

  it('names the configured port of a process without a listener, as another on this machine may have it', () => {
    expect(ownListeners({ ...config, port: 4_000 }, undefined)).toEqual([{ host: '127.0.0.1', port: 4_000 }]);
  });

  it('names the database by the query of its URL too, as the driver takes it', () => {
    const databaseUrl = 'postgres:///iceos?host=db.example.com&port=6432';
    expect(ownListeners({ ...config, databaseUrl }, undefined)).toContainEqual({ host: 'db.example.com', port: 6_432 });
  });

  it('names the database', () => {
    const databaseUrl = 'postgres://user:secret@db.example.com/iceos';
    expect(ownListeners({ ...config, databaseUrl }, undefined)).toContainEqual({ host: 'db.example.com', port: 5_432 });
  });
});
