import { describe, expect, it } from 'vitest';
import { saysSo } from './blocks.ts';
import { changedBy, patchedBy } from './change-file.ts';
import { playPage } from './play-page.ts';

const fenced = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\`\n`;
const PRINTS = fenced('ts', "const word: string = 'hello';\nconsole.log(word);");

describe('a page', { timeout: 30_000 }, () => {
  it('is one program, whose outputs stand behind its blocks', async () => {
    const page = `${PRINTS}\n${fenced('text', 'hello')}\n${fenced('ts', 'console.log(word.length);')}\n${fenced('text', '5')}`;
    await expect(playPage(page)).resolves.toBeUndefined();
  });

  it.each([
    ['another output', PRINTS + fenced('text', 'bye'), /is to print\nbye\n\nand prints\nhello/],
    ['an output that the page does not tell', PRINTS, /is to print\n\nand prints\nhello/],
    ['a program that tells nothing', fenced('ts', 'export const a = 1;'), /ends without a word/],
    [
      'what does not compile, at its line',
      `A page.\n\n${fenced('ts', "const a: number = 'x';\nconsole.log(a);")}${fenced('text', 'x')}`,
      /page\.mts\(4,7\): error TS2322/,
    ],
    ['what throws', fenced('ts', "throw new Error('no');") + fenced('text', ''), /Error: no/],
    ['a command that fails', fenced('sh', 'exit 3'), /line 1: it ended with 3/],
    ['a command that nobody played', fenced('sh', 'npx something-else'), /npx something-else is not played/],
    [
      'a package that is not here',
      fenced('sh', 'npm install no-such-package-at-all'),
      /no-such-package-at-all/,
    ],
    ['an output of nothing', fenced('text', 'x'), /the output of nothing/],
    ['a quote of a file that is not there', fenced('ts', '// in src/x.ts\nconst a = 1;'), /no such file/],
    ['a language without a rule', fenced('json', '{}'), /no rule for a block of json/],
    ['a block without a language', fenced('', 'x'), /no rule for a block of no language/],
    ['a diagram without a rule', fenced('mermaid', 'pie\n  "a": 1'), /no rule for a block of mermaid/],
    ['a block without an end', '```ts\nconst a = 1;\n', /does not end/],
  ])('fails for %s', async (_name, page, message) => {
    await expect(playPage(page)).rejects.toThrow(message);
  });

  it('writes files, changes them, and quotes them', async () => {
    const page = [
      fenced('sh', 'mkdir src'),
      fenced('ts', '// src/a.ts\nexport const one = 1;'),
      fenced('ts', '// src/a.ts\nexport const two = 2;'),
      fenced('diff', '--- src/a.ts\n-export const one = 1;\n+export const one = 11;'),
      fenced('ts', '// in src/a.ts\nexport const one = 11;\n\nexport const two = 2;'),
      fenced('sh', 'cat src/a.ts'),
      fenced('text', 'export const one = 11;\n…'),
    ];
    await expect(playPage(page.join('\n'))).resolves.toBeUndefined();
  });
});

it.each([
  ['a\nb', 'a\nb\n', true],
  ['a\n…\nd', 'a\nb\nc\nd', true],
  ['id …', 'id 7', true],
  ['a', 'a\nb', false],
  ['.', 'x', false],
])('%j is said by %j: %s', (expected, actual, result) => {
  expect(saysSo(expected, actual)).toBe(result);
});

describe('a change', () => {
  const FILE = `import { a } from 'x';

/** Old. */
export class Some {
  /** One. */
  one(): number {
    return 1;
  }
}

const last = 1;
`;

  it('of a member takes its place, and a new one stands beside its neighbour', () => {
    const block =
      "import { type B } from 'x';\n\nzero(): number {\n  return 0;\n}\n\n/** New. */\none(): B {\n  return a;\n}\n";
    expect(changedBy(FILE, block)).toBe(`import { a, type B } from 'x';

/** Old. */
export class Some {
  zero(): number {
    return 0;
  }

  /** New. */
  one(): B {
    return a;
  }
}

const last = 1;
`);
  });

  it('of a declaration takes its place, and a new one comes at the end', () => {
    const changed = changedBy(FILE, '/** First. */\nconst last = 2;\n\nfunction more(): void {}\n');
    expect(changed.endsWith('\n\n/** First. */\nconst last = 2;\n\nfunction more(): void {}\n')).toBe(true);
  });

  it('that is neither is refused', () => {
    expect(() => changedBy(FILE, 'if (a) {')).toThrow(/neither/);
    expect(() => changedBy('const a = 1;\n', 'one(): void {}\n')).toThrow(/no place/);
  });

  it('of lines needs them exactly once', () => {
    expect(patchedBy('a\nb\nc\n', ' a\n-b\n+d\n')).toBe('a\nd\nc\n');
    expect(() => patchedBy('a\na\n', '-a\n')).toThrow(/^2 places/);
    expect(() => patchedBy('a\n', '-b\n')).toThrow(/^0 places/);
  });
});
