import type { SyncEvent } from '@spec-kitty/tracker-core';
import { amount, counted, issueName } from './names.ts';
import type { Printer } from './printer.ts';
import { line, look, type Shown } from './shown.ts';

/** Without a terminal that can be rewritten, a line for each so many issues is enough to see that it goes on. */
const PLAIN_STEP = 1000;

/** Shows how a run goes on: one line that is rewritten, or now and then a plain one. */
export class Progress {
  readonly #printer: Printer;
  readonly #title: string;
  #read = 0;
  #unchanged = 0;
  #written = 0;
  #told = 0;

  constructor(printer: Printer, title: string) {
    this.#printer = printer;
    this.#title = title;
  }

  on(event: SyncEvent): void {
    switch (event.type) {
      case 'started':
        this.#show(line`started`, false);
        break;
      case 'page':
        this.#read += event.issues;
        this.#unchanged += event.unchanged;
        this.#show(line`${amount(this.#read)} read, ${amount(this.#unchanged)} unchanged`);
        break;
      case 'written':
        this.#written += 1;
        this.#show(line`${amount(this.#written)} sent (${event.operation} ${issueName(event.issueRef)})`);
        break;
      case 'waiting':
        this.#waits(event.ms, event.reason);
        break;
      case 'finished':
        this.#printer.clearStatus();
    }
  }

  #waits(ms: number, reason: string): void {
    const text = line`waiting ${counted(Math.ceil(ms / 1000), 'second')}: ${reason}`;
    if (this.#printer.live) this.#show(text);
    else this.#printer.note(line`${this.#title}: ${text}`);
  }

  #show(text: Shown, countable = true): void {
    if (this.#printer.live) {
      this.#printer.status(line`${look('bold', this.#title)}  ${text}`);
      return;
    }
    const done = this.#read + this.#written;
    if (!countable || done - this.#told < PLAIN_STEP) return;
    this.#told = done - (done % PLAIN_STEP);
    this.#printer.note(line`${this.#title}: ${text}`);
  }
}
