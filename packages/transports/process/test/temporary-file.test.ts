import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withTemporaryFile } from '../src/index.ts';

describe('a temporary file', () => {
  it('holds the text for this user alone, and is removed', async () => {
    const text = '--first\n\0 \u202e👩‍🚀';
    const path = await withTemporaryFile(text, async (file) => {
      expect(readFileSync(file, 'utf8')).toBe(text);
      if (process.platform !== 'win32') {
        expect(statSync(file).mode & 0o777).toBe(0o600);
        expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
      }
      return file;
    });
    expect(existsSync(dirname(path))).toBe(false);
  });

  it('is removed when the work fails', async () => {
    let path = '';
    const failing = withTemporaryFile('x', async (file) => {
      path = file;
      throw new Error('failed');
    });
    await expect(failing).rejects.toThrow('failed');
    expect(existsSync(dirname(path))).toBe(false);
  });
});
