import { describe, expect, it } from 'vitest';
import { clientDay } from '../../../src/app/client-spender.ts';
import { newTenantId } from '../../support/journal.ts';

const NOON = Date.parse('2026-06-01T12:00:00Z');
const MIDNIGHT = Date.parse('2026-06-02T00:00:00Z');

describe('the day of a client', () => {
  it('is one of UTC, ends at midnight, and has an ID that is never the one of an execution', () => {
    const tenant = newTenantId();
    const day = clientDay(tenant, NOON);
    expect(day.endsAt).toBe(MIDNIGHT);
    expect(clientDay(tenant, MIDNIGHT - 1)).toEqual(day);
    expect(day.root).toMatch(/^[\da-f]{8}-[\da-f]{4}-5/);
    const next = clientDay(tenant, MIDNIGHT);
    expect(next.endsAt).toBe(Date.parse('2026-06-03T00:00:00Z'));
    expect(next.root).not.toBe(day.root);
  });

  it('is another one for each tenant', () => {
    expect(clientDay(newTenantId(), NOON).root).not.toBe(clientDay(newTenantId(), NOON).root);
  });
});
