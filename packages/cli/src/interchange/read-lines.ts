/** A line of a file of JSON Lines, or why it cannot be read. */
export type Line = { number: number; text: string } | { number: number; problem: string };

/** In bytes. An issue whose body is as long as it may be, written with an escape for every character, is shorter. */
export const LONGEST_LINE: number = 64 * 1024 * 1024;

const NEW_LINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The lines that are not blank, numbered from 1. A line that is too long is passed over and not held; one that is no
 * UTF-8 is a problem, since guessing would change what it says.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  const hold = (part: Uint8Array): void => {
    length += part.length;
    if (length <= longest) parts.push(part);
    else parts = [];
  };
  const ended = (): Line | undefined => {
    const line: Line | undefined =
      length > longest
        ? { number, problem: `it is longer than ${longest} bytes` }
        : lineFrom(Buffer.concat(parts), number);
    parts = [];
    length = 0;
    number += 1;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, start)) {
      hold(chunk.subarray(start, end));
      const line = ended();
      if (line) yield line;
      start = end + 1;
    }
    if (start < chunk.length) hold(chunk.subarray(start));
  }
  const line = length > 0 ? ended() : undefined;
  if (line) yield line;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function lineFrom(bytes: Uint8Array, number: number): Line | undefined {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { number, problem: 'it is not UTF-8' };
  }
  if (number === 1 && text.startsWith(BYTE_ORDER_MARK)) text = text.slice(1);
  return text.trim() === '' ? undefined : { number, text };
}
