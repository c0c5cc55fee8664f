import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createMaskError } from '../../../src/gateway/mask-error.ts';
import { ForbiddenError } from '../../../src/use-cases/viewer.ts';

function masking(suggestions = true) {
  const bugs: unknown[] = [];
  const mask = createMaskError({ newId: () => 'id-1', reportBug: (error, id) => bugs.push([error, id]), suggestions });
  return { mask, bugs };
}

describe('An error', () => {
  it('that is a bug is reported once and shown by its errorId alone', () => {
    const { mask, bugs } = masking();
    const bug = new TypeError('password of the database is hunter2');
    const masked = mask(new GraphQLError('x', { originalError: bug, path: ['viewer'] }));
    expect(JSON.stringify(masked)).not.toContain('hunter2');
    expect(masked).toMatchObject({ path: ['viewer'], extensions: { code: 'INTERNAL', errorId: 'id-1' } });
    expect(bugs).toEqual([[bug, 'id-1']]);
  });

  it('that was thrown as something else than an error is a bug too', () => {
    const { mask, bugs } = masking();
    expect(mask('oops').extensions['code']).toBe('INTERNAL');
    expect(bugs).toEqual([['oops', 'id-1']]);
  });

  it('of the client is shown as it is', () => {
    const { mask, bugs } = masking();
    const error = new GraphQLError('first is 101', { extensions: { code: 'BAD_REQUEST' } });
    expect(mask(error)).toBe(error);
    expect(mask(new GraphQLError('located', { originalError: error })).message).toBe('located');
    expect(bugs).toEqual([]);
  });

  it('of the GraphQL library has a code too', () => {
    const masked = masking().mask(new GraphQLError('Variable "$first" got invalid value', { path: ['executions'] }));
    expect(masked).toMatchObject({ path: ['executions'], extensions: { code: 'BAD_REQUEST' } });
  });

  it('for a missing scope says which one', () => {
    const { mask, bugs } = masking();
    const masked = mask(new GraphQLError('x', { originalError: new ForbiddenError('blueprints:write') }));
    expect(masked.extensions['code']).toBe('FORBIDDEN');
    expect(masked.message).toContain('blueprints:write');
    expect(bugs).toEqual([]);
  });

  it('of a database that is away is no bug', () => {
    const { mask, bugs } = masking();
    const away = Object.assign(new Error('ECONNREFUSED 10.0.0.7'), { code: 'UNAVAILABLE' });
    const masked = mask(new Error('query failed', { cause: away }));
    expect(masked.extensions['code']).toBe('UNAVAILABLE');
    expect(masked.message).not.toContain('10.0.0.7');
    expect(bugs).toEqual([]);
  });

  it('that concerns the request as a whole sets its status; one in a field does not', () => {
    const { mask } = masking();
    const away = Object.assign(new Error('x'), { code: 'UNAVAILABLE' });
    expect(mask(away).extensions['http']).toEqual({ status: 503 });
    expect(mask(new Error('x')).extensions['http']).toEqual({ status: 500 });
    const inField = new GraphQLError('x', { originalError: away, path: ['viewer'] });
    expect(mask(inField).extensions['http']).toBeUndefined();
  });

  it('suggests no names where introspection is off', () => {
    const error = new GraphQLError('Cannot query field "viewr" on type "Query". Did you mean "viewer"?');
    expect(masking(true).mask(error).message).toContain('Did you mean');
    expect(masking(false).mask(error).message).toBe('Cannot query field "viewr" on type "Query".');
  });
});
