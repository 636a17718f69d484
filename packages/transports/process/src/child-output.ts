import type { Readable } from 'node:stream';

/** Gathers what a child writes to one stream, up to a number of bytes. */
export class ChildOutput {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** @param onExceeded called at each chunk that goes over the limit; nothing of it is kept. */
  constructor(stream: Readable, maxBytes: number, onExceeded: () => void) {
    stream.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes > maxBytes) onExceeded();
      else this.#chunks.push(chunk);
    });
    // A pipe that breaks ends, like one that is closed: how the child ended tells what it means.
    stream.on('error', () => {});
  }

  /** How many bytes arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Decoded as a whole, so that no character is torn between two chunks. */
  text(): string {
    return new TextDecoder().decode(Buffer.concat(this.#chunks));
  }

  /** Undefined where it is not UTF-8. */
  exactText(): string | undefined {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(this.#chunks));
    } catch {
      return undefined;
    }
  }
}
