import type { FileHandle } from 'node:fs/promises';

/** A longer line is reported and skipped: it bounds the memory that any file can take. */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEW_LINE = 10;
const CARRIAGE_RETURN = 13;
const BYTE_ORDER_MARK = '\uFEFF';

/** Where a line begins. */
export interface LinePosition {
  /** In bytes. */
  offset: number;
  /** Counted from 1. */
  line: number;
}

/** One line of a file: its text, or why it has none. */
export interface Line extends LinePosition {
  /** Where the next line begins. */
  end: number;
  /** False for a last line without a line end: it may be half of one. */
  terminated: boolean;
  text: string | undefined;
  problem?: string;
}

/** The lines of a file from a position on, read as a stream. A line is kept whole, never the file. */
export async function* readLines(
  handle: FileHandle,
  from: LinePosition,
  signal?: AbortSignal,
): AsyncGenerator<Line> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const pending = new PendingLine();
  let { offset: start, line } = from;
  let position = start;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    let begin = 0;
    for (;;) {
      const newLine = chunk.subarray(0, bytesRead).indexOf(NEW_LINE, begin);
      if (newLine === -1) break;
      pending.add(chunk.subarray(begin, newLine));
      const end = position + newLine + 1;
      yield { offset: start, line, end, terminated: true, ...pending.take(line) };
      begin = newLine + 1;
      start = end;
      line += 1;
    }
    pending.add(chunk.subarray(begin, bytesRead));
    position += bytesRead;
  }
  if (start < position)
    yield { offset: start, line, end: position, terminated: false, ...pending.take(line) };
}

/** The bytes of one line as they come in. */
class PendingLine {
  #parts: Buffer[] = [];
  #size = 0;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  add(bytes: Buffer): void {
    this.#size += bytes.length;
    if (this.#size > MAX_LINE_BYTES) this.#parts = [];
    // A copy: the chunk is read into again.
    else if (bytes.length > 0) this.#parts.push(Buffer.from(bytes));
  }

  take(line: number): { text: string | undefined; problem?: string } {
    const parts = this.#parts;
    const size = this.#size;
    this.#parts = [];
    this.#size = 0;
    if (size > MAX_LINE_BYTES) return { text: undefined, problem: `longer than ${MAX_LINE_BYTES} bytes` };
    const bytes = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    try {
      const whole = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
      const text = this.#decoder.decode(whole);
      return { text: line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
    } catch {
      return { text: undefined, problem: 'not valid UTF-8' };
    }
  }
}
