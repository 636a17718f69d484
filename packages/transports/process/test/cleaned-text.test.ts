import { describe, expect, it } from 'vitest';
import { cleanedText } from '../src/index.ts';

describe('what a command said, in a message', () => {
  it.each([
    ['\u001b[31mError:\u001b[0m no\r\n  way\t!', 'Error: no way !'],
    ['a\u202eb\u0007c\u2066d', 'abcd'],
    ['push to https://me:hunter22@host/x', 'push to https://[redacted]@host/x'],
    ['Authorization: Bearer abcdef123456', 'Authorization: Bearer [redacted]'],
    ['{"api_key": "abcdef123456"}', '{"api_key": "[redacted]"}'],
    ['key long-secret-value and long-secret', 'key [redacted] and [redacted]'],
    ['   \n', ''],
  ])('%j reads %j', (text, expected) => {
    expect(cleanedText(text, ['long-secret', 'long-secret-value', ''])).toBe(expected);
  });

  it('is bounded', () => {
    expect(cleanedText('x'.repeat(10_000_000))).toHaveLength(601);
  });
});
