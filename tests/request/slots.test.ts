import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/errors.ts';
import { createSlots } from '../../src/request/slots.ts';

const limits = { maxConcurrentRequests: 5, maxConcurrentPerClient: 2, maxConcurrentPerAddress: 3 };

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'OK';
  } catch (error) {
    return error instanceof HubError ? error.code : 'unforeseen';
  }
}

describe('places for requests in work', () => {
  it('one address without verified tokens gets its share and not more; another still gets in', () => {
    const slots = createSlots(limits);
    const codes = [1, 2, 3, 4].map(() => codeOf(() => slots.take('a')));
    expect(codes).toEqual(['OK', 'OK', 'OK', 'RATE_LIMITED']);
    expect(codeOf(() => slots.take('b'))).toBe('OK');
  });

  it('one client gets its share whatever its addresses; its address is free for others again', () => {
    const slots = createSlots(limits);
    for (const address of ['a', 'b']) slots.take(address).giveTo('bank');
    const third = slots.take('c');
    expect(codeOf(() => third.giveTo('bank'))).toBe('RATE_LIMITED');
    expect(codeOf(() => slots.take('a').giveTo('court'))).toBe('OK');
  });

  it('beyond all places the hub is overloaded, for everybody', () => {
    const slots = createSlots(limits);
    for (const address of ['a', 'b', 'c', 'd', 'e']) slots.take(address);
    expect(codeOf(() => slots.take('f'))).toBe('OVERLOADED');
  });

  it('a place that was left is free again, once, on whose account it ever was', () => {
    const slots = createSlots(limits);
    const verified = slots.take('a');
    verified.giveTo('bank');
    const refused = slots.take('a');
    for (const slot of [verified, refused, verified, refused]) slot.leave();
    expect(slots.taken).toBe(0);
    const again = [1, 2].map(() => codeOf(() => slots.take('a').giveTo('bank')));
    expect(again).toEqual(['OK', 'OK']);
    expect(codeOf(() => slots.take('a').giveTo('bank'))).toBe('RATE_LIMITED');
  });
});
