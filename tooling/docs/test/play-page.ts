import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Block, blocksOf, saysSo } from './blocks.ts';
import { changedBy, patchedBy } from './change-file.ts';
import { listening } from './listening.ts';
import { ROOT } from './pages.ts';

const QUOTE = /^\/\/ in ((?:src|test)\/\S+)\n/;
const CHANGE = /^\/\/ ((?:src|test)\/\S+)\n/;
const PATCH = /^--- (\S+)\n/;
const DIAGRAM = /^(?:flowchart (?:LR|TD)|sequenceDiagram|stateDiagram-v2)\n/;
/** Stands between the outputs of two blocks of one program. */
const MARK = '\u0001';

export interface PlayOptions {
  /** What the programs and commands of the page see of the environment. */
  env?: Record<string, string>;
}

/** One page and the folder in which what it says is done, from top to bottom. */
class Player {
  readonly #text: string;
  readonly #blocks: Block[];
  readonly #env: Record<string, string>;
  readonly #folder: string;
  #place: string;
  #hasRun = false;

  constructor(text: string, env: Record<string, string>, folder: string) {
    this.#text = text;
    this.#blocks = blocksOf(text);
    this.#folder = folder;
    this.#place = join(folder, 'place');
    mkdirSync(this.#place);
    this.#env = { ...shims(folder), ...env };
  }

  async play(): Promise<void> {
    for (const [index, block] of this.#blocks.entries()) {
      try {
        await this.#playBlock(block, index);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`line ${block.line}: ${message}`, { cause: error });
      }
    }
  }

  async #playBlock(block: Block, index: number): Promise<void> {
    const { language, code } = block;
    if (language === 'sh') return this.#command(code, this.#outputOf(index));
    if (language === 'diff') return this.#patch(code);
    if (language === 'ts') {
      if (QUOTE.test(code)) return this.#quote(code);
      if (CHANGE.test(code)) return this.#change(code);
      if (!this.#hasRun) await this.#program();
      return;
    }
    if (language === 'text') {
      if (this.#isRun(this.#blocks[index - 1])) return;
      throw new Error('this is the output of nothing');
    }
    if (language === 'mermaid' && DIAGRAM.test(code)) return;
    throw new Error(`there is no rule for a block of ${language || 'no language'} that begins so`);
  }

  #isRun(block: Block | undefined): boolean {
    if (block?.language === 'sh') return true;
    return block?.language === 'ts' && !QUOTE.test(block.code) && !CHANGE.test(block.code);
  }

  #outputOf(index: number): string | undefined {
    const next = this.#blocks[index + 1];
    return next?.language === 'text' ? next.code : undefined;
  }

  /** All blocks of a page are one program, so that a later one goes on where an earlier one ended. */
  async #program(): Promise<void> {
    this.#hasRun = true;
    const lines = this.#text.split('\n').map(() => '');
    const parts = this.#blocks.flatMap((block, index) =>
      block.language === 'ts' && this.#isRun(block) ? [{ block, output: this.#outputOf(index) }] : [],
    );
    for (const { block } of parts) {
      const code = block.code.split('\n').slice(0, -1);
      // At the lines at which they stand in the page, so that an error is found there.
      code.forEach((line, offset) => {
        lines[block.line + offset] = line;
      });
      lines[block.line + code.length] = `console.log(${JSON.stringify(MARK)});`;
    }
    const folder = mkdtempSync(join(import.meta.dirname, '../block-'));
    try {
      writeFileSync(join(folder, 'page.mts'), lines.join('\n'));
      const config = { extends: '../../tsconfig/tool.json' };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      succeeds(await this.#run(folder, join(ROOT, 'node_modules/.bin/tsc'), []));
      const { output } = succeeds(await this.#run(this.#place, process.execPath, [join(folder, 'page.mts')]));
      const said = output.split(`${MARK}\n`);
      for (const [index, { block, output: expected }] of parts.entries())
        compare(`the program of line ${block.line}`, said[index] ?? '', expected ?? '');
      if (parts.at(-1)?.output === undefined)
        throw new Error('the program ends without a word of what it prints');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #command(code: string, expected: string | undefined): Promise<void> {
    if (/^npx spec-kitty-tracker listen\b.*\n$/m.test(code)) {
      compare('the command', await listening(code, { cwd: this.#place, env: this.#env }), expected ?? '');
      return;
    }
    const where = join(this.#folder, 'where');
    const kept = `${code}status=$?\npwd > ${JSON.stringify(where)}\nexit $status\n`;
    const { output } = succeeds(await this.#run(this.#place, 'bash', ['-c', kept]));
    this.#place = readFileSync(where, 'utf8').trim();
    if (expected !== undefined) compare('the command', output, expected);
  }

  #quote(code: string): void {
    const file = this.#file(QUOTE.exec(code)?.[1]);
    // A formatter takes the indentation of a block away.
    const flat = (text: string): string => text.replaceAll(/^[ \t]+|[ \t]+$/gm, '');
    if (flat(readFileSync(file, 'utf8')).includes(flat(code.replace(QUOTE, '')).trim())) return;
    throw new Error('the file has no such lines');
  }

  #change(code: string): void {
    const file = this.#file(CHANGE.exec(code)?.[1]);
    const block = code.replace(CHANGE, '').trimStart();
    writeFileSync(file, existsSync(file) ? changedBy(readFileSync(file, 'utf8'), block) : block);
  }

  #patch(code: string): void {
    const file = this.#file(PATCH.exec(code)?.[1]);
    writeFileSync(file, patchedBy(readFileSync(file, 'utf8'), code.replace(PATCH, '')));
  }

  #file(path: string | undefined): string {
    if (path === undefined) throw new Error('the block does not say which file it is of');
    return join(this.#place, path);
  }

  #run(cwd: string, file: string, args: string[]): Promise<Ended> {
    return new Promise((end) => {
      execFile(file, args, { cwd, env: this.#env, maxBuffer: 2 ** 26 }, (error, output, messages) =>
        end({ code: error ? Number(error.code ?? 1) : 0, output, messages }),
      );
    });
  }
}

interface Ended {
  code: number;
  output: string;
  messages: string;
}

function succeeds(ended: Ended): Ended {
  if (ended.code === 0) return ended;
  throw new Error(`it ended with ${ended.code}:\n${ended.output}${ended.messages}`.slice(0, 20_000));
}

function compare(what: string, actual: string, expected: string): void {
  if (saysSo(expected, actual)) return;
  throw new Error(`${what} is to print\n${expected}\nand prints\n${actual}`);
}

/** Commands by the names that people type, and an environment that is the same everywhere. */
function shims(folder: string): Record<string, string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const command = (name: string, text: string): void =>
    writeFileSync(join(bin, name), `#!/usr/bin/env bash\n${text}\n`, { mode: 0o755 });
  const node = JSON.stringify(process.execPath);
  const cli = join(ROOT, 'packages/cli/dist/main.js');
  command('npm', `exec ${node} ${JSON.stringify(join(import.meta.dirname, 'npm-shim.ts'))} "$@"`);
  command(
    'npx',
    `[ "$1" = spec-kitty-tracker ] || { echo "npx $1 is not played" >&2; exit 64; }\nshift\nexec ${node} ${JSON.stringify(cli)} "$@"`,
  );
  const home = join(folder, 'home');
  mkdirSync(home);
  return {
    PATH: [bin, dirname(process.execPath), join(ROOT, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(
      ':',
    ),
    HOME: home,
    XDG_CONFIG_HOME: home,
    TZ: 'UTC',
    NO_COLOR: '1',
  };
}

/** Does everything that a page says, in a folder of its own. @throws Error with the line at which it is not so. */
export async function playPage(text: string, { env = {} }: PlayOptions = {}): Promise<void> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'page-')));
  try {
    await new Player(text, env, folder).play();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
