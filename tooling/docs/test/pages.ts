import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));
export const DOCS: string = `${ROOT}docs/`;

export const pages: readonly string[] = readdirSync(DOCS).filter((name) => name.endsWith('.md'));

export const page = (name: string): string => readFileSync(`${DOCS}${name}`, 'utf8');

/** The rows of the table that begins with this cell, each by its columns. */
export function table(text: string, first: string): Record<string, string>[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => cells(line)[0] === first);
  if (start < 0) throw new Error(`no table begins with ${first}`);
  const names = cells(lines[start] ?? '');
  const rows: Record<string, string>[] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const row = cells(line);
    rows.push(Object.fromEntries(names.map((name, index) => [name, row[index] ?? ''])));
  }
  return rows;
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
