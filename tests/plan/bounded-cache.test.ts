import { expect, it } from 'vitest';
import { createBoundedCache } from '../../src/plan/bounded-cache.ts';

it('keeps at most its size, and forgets what was not used the longest', () => {
  const cache = createBoundedCache<number>(2);
  cache.set('a', 1);
  cache.set('b', 2);
  expect(cache.get('a')).toBe(1);
  cache.set('c', 3);
  expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([1, undefined, 3, 2]);
});

it('a key that is set again is one entry', () => {
  const cache = createBoundedCache<number>(2);
  for (let i = 0; i < 5; i++) cache.set('a', i);
  cache.set('b', 9);
  expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([4, 9, 2]);
});

it.each(['__proto__', 'constructor', 'toString', ''])('the key %j is nobody’s until it is set', (key) => {
  const cache = createBoundedCache<number>(2);
  expect(cache.get(key)).toBeUndefined();
  cache.set(key, 1);
  expect(cache.get(key)).toBe(1);
});

it('keeps no more than its weight, however few the values, and none that is too heavy alone', () => {
  const cache = createBoundedCache<number>(10, 100);
  cache.set('a', 1, 60);
  cache.set('b', 2, 40);
  cache.set('c', 3, 30);
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 2, 3]);
  cache.set('b', 4, 70);
  expect([cache.get('b'), cache.get('c'), cache.size]).toEqual([4, 3, 2]);
  cache.set('d', 5, 101);
  expect([cache.get('d'), cache.get('b'), cache.get('c')]).toEqual([undefined, 4, 3]);
});
