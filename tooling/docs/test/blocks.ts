/** A fenced block of a page. */
export interface Block {
  language: string;
  code: string;
  /** The line of its opening fence, from 1. */
  line: number;
}

const FENCE = /^```(\S*)$/;

/** @throws Error for a block that does not end. */
export function blocksOf(text: string): Block[] {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const language = FENCE.exec(lines[index] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    if (end < 0) throw new Error(`line ${index + 1}: the block does not end`);
    const code = lines.slice(index + 1, end).map((line) => `${line}\n`);
    blocks.push({ language, code: code.join(''), line: index + 1 });
    index = end;
  }
  return blocks;
}

/** Whether a program said what the page says that it says: line by line, where `…` stands for anything. */
export function saysSo(expected: string, actual: string): boolean {
  const trimmed = (text: string): string => text.replaceAll(/[ \t]+$/gm, '').trim();
  const parts = trimmed(expected)
    .split('…')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(trimmed(actual));
}
