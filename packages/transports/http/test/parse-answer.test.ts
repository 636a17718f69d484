import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseAnswer } from '../src/index.ts';

const schema = z.object({ data: z.object({ id: z.string() }) });

test('an answer in another shape names the provider and the field, and not the value', () => {
  expect(parseAnswer(schema, { data: { id: 'a' } }, 'sample')).toEqual({ data: { id: 'a' } });
  try {
    parseAnswer(schema, { data: { id: 12_345 } }, 'sample');
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ provider: 'sample', kind: 'answer', fieldPath: 'data.id' });
    expect(String(error)).not.toContain('12345');
  }
});
