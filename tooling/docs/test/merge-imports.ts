const IMPORT = /^import (type )?\{([^}]*)\} from '([^']+)';\n/;

interface NamedImport {
  from: string;
  /** As they stand between the braces, each with its `type`. */
  names: string[];
}

const LINE_WIDTH = 110;

/** The imports that a block begins with, and what follows them. */
export function importsOf(block: string): { imports: NamedImport[]; rest: string } {
  const imports: NamedImport[] = [];
  let rest = block;
  for (;;) {
    const found = IMPORT.exec(rest);
    if (!found) return { imports, rest: rest.trimStart() };
    imports.push(importOf(found));
    rest = rest.slice(found[0].length);
  }
}

function importOf([, type = '', names = '', from = '']: readonly (string | undefined)[]): NamedImport {
  const each = names.split(',').map((name) => name.trim());
  return { from, names: each.filter((name) => name !== '').map((name) => type + name) };
}

/** The file with these imports: beside the names that it has from the same module, or after its other imports. */
export function withImports(file: string, imports: readonly NamedImport[]): string {
  let text = file;
  for (const added of imports) {
    const statements = [...text.matchAll(new RegExp(IMPORT.source, 'gm'))];
    const same = statements.find((statement) => statement[3] === added.from);
    const last = statements.at(-1);
    const at = same?.index ?? (last ? last.index + last[0].length : 0);
    const names = new Set([...(same ? importOf(same).names : []), ...added.names]);
    text = `${text.slice(0, at)}${written(added.from, [...names])}${text.slice(at + (same?.[0].length ?? 0))}`;
  }
  return text;
}

function written(from: string, names: readonly string[]): string {
  const plain = (name: string): string => name.replace(/^type /, '');
  const sorted = names.toSorted((a, b) => (plain(a).toLowerCase() < plain(b).toLowerCase() ? -1 : 1));
  const areTypes = sorted.every((name) => name.startsWith('type '));
  const shown = areTypes ? sorted.map(plain) : sorted;
  const start = areTypes ? 'import type' : 'import';
  const line = `${start} { ${shown.join(', ')} } from '${from}';\n`;
  if (line.length <= LINE_WIDTH + 1) return line;
  return `${start} {\n${shown.map((name) => `  ${name},\n`).join('')}} from '${from}';\n`;
}
