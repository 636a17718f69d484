import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const PART = 65_536;

/**
 * The bytes of a file; undefined where there are more than `limit`. No more than that is ever read, whatever the file
 * says of its size or becomes meanwhile. What is no regular file is not read at all: it may never end.
 * @throws what opening and reading throw, and TypeError for what is no regular file.
 */
export async function readBounded(path: string, limit: number): Promise<Uint8Array | undefined> {
  // Opened plainly, a pipe would wait for somebody who writes.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new TypeError('it is no regular file');
    if (status.size > limit) return undefined;
    const parts: Uint8Array[] = [];
    let left = limit + 1;
    while (left > 0) {
      const { bytesRead, buffer } = await file.read({ buffer: new Uint8Array(Math.min(left, PART)) });
      if (bytesRead === 0) return Buffer.concat(parts);
      parts.push(buffer.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return undefined;
  } finally {
    await file.close();
  }
}
