import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { assertFilters, listingCursor, listingIdentity } from '../src/index.ts';

describe('a cursor', () => {
  const cursor = listingCursor('sample', 's1.', z.tuple([z.string(), z.nullable(z.int())]));
  const listing = listingIdentity(['shop'], { labels: ['x'] });

  it('gives its place to the listing that it is of', () => {
    expect(cursor.read(cursor.write(['place', null], listing), listing)).toEqual(['place', null]);
  });

  it('of another listing is refused as such', () => {
    const other = listingIdentity(['shop'], { labels: ['y'] });
    const read = () => cursor.read(cursor.write(['place', 1], other), listing);
    expect(read).toThrow(expect.objectContaining({ kind: 'cursor', reason: 'filters' }));
  });

  it.each([
    ['no prefix', btoa(JSON.stringify(['l', 'place', 1]))],
    ['another version', `s2.${btoa(JSON.stringify(['l', 'place', 1]))}`],
    ['no Base64', 's1.~~~'],
    ['no JSON', `s1.${btoa('{')}`],
    ['no list', `s1.${btoa('{}')}`],
    ['another place', `s1.${btoa(JSON.stringify(['l', 'place', 'x']))}`],
    ['a place that is too long', `s1.${btoa(JSON.stringify(['l', 'place', 1, 2]))}`],
    ['nesting without end', `s1.${btoa(`${'['.repeat(5000)}${']'.repeat(5000)}`)}`],
  ])('that is malformed is refused: %s', (_name, text) => {
    const refusal = { code: 'tracker_contract', kind: 'cursor', reason: 'malformed', provider: 'sample' };
    expect(() => cursor.read(text, 'l')).toThrow(expect.objectContaining(refusal));
  });
});

describe('filters', () => {
  it('that are left out make no other listing, and their order neither', () => {
    expect(listingIdentity(['a'], { queryText: 'x', labels: ['y'] })).toBe(
      listingIdentity(['a'], { labels: ['y'], queryText: 'x', own: undefined }),
    );
    expect(listingIdentity(['a'], {})).not.toBe(listingIdentity(['b'], {}));
  });

  it('that nobody knows are refused by name; own ones are known', () => {
    expect(() => assertFilters('sample', { queryText: 'x', own: true }, ['own'])).not.toThrow();
    const refusal = { code: 'capability_not_supported', fieldPath: 'filters.own' };
    expect(() => assertFilters('sample', { own: true })).toThrow(expect.objectContaining(refusal));
  });
});
