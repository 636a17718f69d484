import { parseSync } from 'oxc-parser';
import { importsOf, withImports } from './merge-imports.ts';

/** A statement of a module, or a member of a class, with what it declares. */
interface Part {
  name: string;
  /** Where it begins, its comments included. */
  start: number;
  end: number;
}

interface Parts {
  parts: Part[];
  /** Where the first one may begin, and where the last one ends. */
  start: number;
  end: number;
}

/**
 * The file after what a block says was written into it: what the block declares takes the place of what has that name,
 * or is added beside its neighbour in the block. A block of members is for the one class of the file. Imports are added to
 * those that are there.
 */
export function changedBy(file: string, block: string): string {
  const { imports, rest } = importsOf(block);
  const text = withImports(file, imports);
  if (rest.trim() === '') return text;
  const statements = partsOfModule(rest);
  if (statements) return written(text, rest, statements, partsOfModule(text), '');
  const wrapped = `class Members {\n${rest}}\n`;
  const members = partsOfClass(wrapped);
  if (!members) throw new Error('the block is neither a part of a module nor of a class');
  return written(text, wrapped, members, partsOfClass(text), '  ');
}

function written(
  file: string,
  block: string,
  { parts }: Parts,
  into: Parts | undefined,
  indent: string,
): string {
  if (!into) throw new Error('the file has no place for the block');
  const known = (part: Part | undefined): Part | undefined =>
    into.parts.find(({ name }) => name === part?.name);
  const codeOf = (part: Part): string => indented(block.slice(part.start, part.end).trim(), indent);
  const changes = parts.map((part, index) => {
    const code = codeOf(part);
    const old = known(part);
    if (old) return { at: old.start, end: old.end, code };
    const next = parts.slice(index).map(known).find(Boolean);
    if (next) return { at: next.start, end: next.start, code: `${code}\n\n${indent}` };
    const at =
      parts.slice(0, index).map(known).findLast(Boolean)?.end ?? into.parts.at(-1)?.end ?? into.start;
    return { at, end: at, code: `\n\n${indent}${code}` };
  });
  // From behind, so that the places before stay what they are; of several at one place, the first stays the first.
  let text = file;
  for (const { at, end, code } of changes.toReversed().sort((a, b) => b.at - a.at || b.end - a.end))
    text = `${text.slice(0, at)}${code}${text.slice(end)}`;
  return text;
}

/** The first line stands where it is put; the others are moved to the right. */
const indented = (code: string, indent: string): string =>
  code
    .split('\n')
    .map((line, index) => (index === 0 || line === '' ? line : indent + line))
    .join('\n');

function partsOfModule(text: string): Parts | undefined {
  const { program, errors } = parseSync('file.ts', text);
  if (errors.length > 0) return undefined;
  const named = program.body.map((node) => ({ name: nameOfStatement(node), end: node.end }));
  return { parts: withStarts(text, named, 0), start: 0, end: text.length };
}

function partsOfClass(text: string): Parts | undefined {
  const { program, errors } = parseSync('file.ts', text);
  if (errors.length > 0) return undefined;
  const classes = program.body.flatMap((node) => {
    const declared = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    return declared?.type === 'ClassDeclaration' ? [declared] : [];
  });
  const [only, ...others] = classes;
  if (!only || others.length > 0) return undefined;
  const named = only.body.body.map((node) => ({
    name: 'key' in node ? text.slice(node.key.start, node.key.end) : '',
    end: node.end,
  }));
  const start = only.body.start + 1;
  return { parts: withStarts(text, named, start), start, end: only.body.end - 1 };
}

/** Each begins behind the one before, so that its comments are its own. */
function withStarts(text: string, named: { name: string; end: number }[], from: number): Part[] {
  return named.map(({ name, end }, index) => {
    const before = named[index - 1]?.end ?? from;
    const blank = /^\s*/.exec(text.slice(before))?.[0].length ?? 0;
    return { name, start: before + blank, end };
  });
}

type Statement = ReturnType<typeof parseSync>['program']['body'][number];

function nameOfStatement(node: Statement): string {
  const declared = node.type === 'ExportNamedDeclaration' && node.declaration ? node.declaration : node;
  if (declared.type === 'VariableDeclaration') {
    const id = declared.declarations[0]?.id;
    if (id?.type === 'Identifier') return id.name;
  }
  return 'id' in declared && declared.id?.type === 'Identifier' ? declared.id.name : `at ${node.start}`;
}

/**
 * The file after a change that is written with `-` and `+`: the lines without a `+`, and those with a `-`, stand in it
 * exactly once.
 */
export function patchedBy(file: string, patch: string): string {
  const lines = patch.split('\n').slice(0, -1);
  const side = (sign: string): string =>
    lines.flatMap((line) => (line.startsWith(sign) ? [] : [`${line.slice(1)}\n`])).join('');
  const [before, after] = [side('+'), side('-')];
  const places = file.split(before).length - 1;
  if (places !== 1) throw new Error(`${places} places in the file read so:\n${before}`);
  return file.replace(before, () => after);
}
