import { createHmac } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import {
  deliveredJson,
  headerOf,
  isFresh,
  SeenDeliveries,
  sameToken,
  unsigned,
  verifyHmac,
} from '../src/index.ts';

const content = new TextEncoder().encode('{"a":1}');
const mac = (secret: string, encoding: 'hex' | 'base64'): string =>
  createHmac('sha256', secret).update(content).digest(encoding);

describe('an HMAC', () => {
  it.each(['hex', 'base64'] as const)('in %s is right', async (encoding) => {
    const signature = `v=${mac('key', encoding)}`;
    expect(await verifyHmac({ secret: 'key', content, signature, encoding, prefix: 'v=' })).toBe(true);
  });

  it.each([
    ['of another key', mac('other', 'hex')],
    ['that is cut', mac('key', 'hex').slice(0, -2)],
    ['that goes on', `${mac('key', 'hex')}00`],
    ['in another encoding', mac('key', 'base64')],
    ['that is empty', ''],
    ['that is not there', undefined],
    ['that is no hexadecimal', 'zz'.repeat(32)],
  ])('%s is wrong', async (_name, signature) => {
    expect(await verifyHmac({ secret: 'key', content, signature, encoding: 'hex' })).toBe(false);
  });

  it('without a secret is wrong, whatever it is', async () => {
    expect(await verifyHmac({ secret: '', content, signature: mac('', 'hex'), encoding: 'hex' })).toBe(false);
  });
});

test('a token is the expected one, whole', async () => {
  const tried = await Promise.all([
    sameToken('token', 'token'),
    sameToken('toke', 'token'),
    sameToken('tokens', 'token'),
    sameToken(undefined, 'token'),
    sameToken('', ''),
  ]);
  expect(tried).toEqual([true, false, false, false, false]);
});

test('a delivery is fresh within its window, to both sides', () => {
  const clock = { now: () => '2026-01-01T00:01:00.000Z' };
  const now = Date.parse(clock.now());
  const fresh = [now, now - 60_000, now + 60_000, now - 60_001, Number.NaN];
  expect(fresh.map((time) => isFresh(time, clock, 60_000))).toEqual([true, true, true, false, false]);
});

test('a replay is told from the first delivery, as long as it is remembered', () => {
  const seen = new SeenDeliveries(2);
  expect(['a', 'a', 'b', 'c', 'a', 'c'].map((id) => seen.isNew(id))).toEqual([
    true,
    false,
    true,
    true,
    true,
    false,
  ]);
});

test('headers are found whatever their case', () => {
  expect(headerOf({ headers: { 'X-One': '1' }, body: content }, 'x-oNE')).toBe('1');
});

test('a body that is no JSON, and a delivery that is not believed, are typed errors', () => {
  const request = { headers: {}, body: new Uint8Array([0xff]) };
  expect(() => deliveredJson('sample', request)).toThrow(expect.objectContaining({ kind: 'webhook' }));
  expect(() => unsigned('sample', 'why')).toThrow(
    expect.objectContaining({ failureClass: 'authentication' }),
  );
});
