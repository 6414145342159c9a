import { describe, expect, it } from 'vitest';
import { nearestName } from '../src/nearest-name.ts';

describe('the nearest name', () => {
  const fields = ['name', 'age', 'maritalStatus', 'police', 'phone'];

  it.each([
    ['nam', 'name'],
    ['nmae', 'name'],
    ['Name', 'name'],
    ['fone', 'phone'],
    ['martialStatus', 'maritalStatus'],
    ['marital_status', 'maritalStatus'],
    ['plice', 'police'],
  ])('%s is meant as %s', (written, meant) => {
    expect(nearestName(written, fields)).toBe(meant);
  });

  it.each(['', 'x', 'xyzzy', 'address', 'a'.repeat(10_000)])('nothing is meant by %s', (written) => {
    expect(nearestName(written, fields)).toBeUndefined();
  });

  it('of an equal number of mistakes the first candidate is taken', () => {
    expect(nearestName('nbme', ['nime', 'nome'])).toBe('nime');
    expect(nearestName('name', ['name'])).toBeUndefined();
  });
});
