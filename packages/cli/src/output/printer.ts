import { styleText } from 'node:util';
import type { CliIo, Output } from '../cli-io.ts';
import { cleanJson } from './clean.ts';
import { fitted, Shown } from './shown.ts';

const MIN_WIDTH = 40;
/** Where there is no terminal: lines are as long as they are. */
const NO_WIDTH = Number.POSITIVE_INFINITY;

/** Shorter secrets would mask ordinary text. */
const MIN_SECRET = 6;

export interface PrinterOptions {
  json: boolean;
  /** What the command line said; undefined: by the terminal and the environment. */
  color: boolean | undefined;
}

/** The only way out for text. Results go to stdout, everything else to stderr. */
export class Printer {
  readonly json: boolean;
  readonly #io: CliIo;
  readonly #color: boolean | undefined;
  readonly #secrets: string[] = [];
  #status = false;

  constructor(io: CliIo, options: PrinterOptions) {
    this.#io = io;
    this.json = options.json;
    this.#color = options.color;
  }

  /** The columns that a result may fill. */
  get width(): number {
    return widthOf(this.#io.stdout);
  }

  get errorWidth(): number {
    return widthOf(this.#io.stderr);
  }

  /** True where a line of progress can be rewritten. */
  get live(): boolean {
    return this.#io.stderr.isTTY && this.#io.env['TERM'] !== 'dumb';
  }

  /** From now on the value is masked, wherever it would appear. */
  hide(secret: string): void {
    if (secret.length >= MIN_SECRET) this.#secrets.push(secret);
  }

  /** A line of the result; nothing where the result is JSON. */
  result(value: Shown = new Shown([])): void {
    if (!this.json) this.#write(this.#io.stdout, `${this.#render(value, this.#io.stdout)}\n`);
  }

  results(values: readonly Shown[]): void {
    for (const value of values) this.result(value);
  }

  /** The one JSON document; nothing where the result is for people. */
  document(value: unknown): void {
    if (this.json) this.#write(this.#io.stdout, `${cleanJson(value, 2)}\n`);
  }

  /** Data lines of an export, as they are. */
  data(text: string): void {
    this.#io.stdout.write(text);
  }

  /** Something to know that is no result. */
  note(value: Shown): void {
    this.#write(this.#io.stderr, `${this.#render(value, this.#io.stderr)}\n`);
  }

  /** Replaces the line of progress; only where {@link live}. */
  status(value: Shown): void {
    if (!this.live) return;
    const text = this.#render(fitted(value, this.errorWidth - 1), this.#io.stderr);
    this.#io.stderr.write(`\r\u001b[2K${this.#masked(text)}`);
    this.#status = true;
  }

  clearStatus(): void {
    if (this.#status) this.#io.stderr.write('\r\u001b[2K');
    this.#status = false;
  }

  #write(output: Output, text: string): void {
    this.clearStatus();
    output.write(this.#masked(text));
  }

  #masked(text: string): string {
    return this.#secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
  }

  #render(value: Shown, output: Output): string {
    const colors =
      this.#color ?? (output.isTTY && !this.#io.env['NO_COLOR'] && this.#io.env['TERM'] !== 'dumb');
    if (!colors) return value.plain;
    return value.pieces
      .map(({ text, look }) => (look ? styleText(look, text, { validateStream: false }) : text))
      .join('');
  }
}

function widthOf(output: Output): number {
  const columns = output.isTTY ? output.columns() : undefined;
  return columns === undefined ? NO_WIDTH : Math.max(MIN_WIDTH, columns);
}
