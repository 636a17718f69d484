import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildNews, ChildTask, Go } from './killed-child.ts';
import { PLACES, type Place } from './moments.ts';
import type { Answer, Request } from './remote-tracker.ts';

/** A child, and what it asks and tells. */
export class Child {
  readonly #process: ChildProcess;
  readonly #placeFile: string;
  readonly #gone: Promise<NodeJS.Signals | null>;
  #news: ChildNews[] = [];
  #take: (() => void) | undefined;
  onRequest: (request: Request) => void = () => {};

  constructor(bundle: string, task: ChildTask) {
    this.#placeFile = task.placeFile;
    writeFileSync(task.placeFile, '0');
    this.#process = fork(bundle, [JSON.stringify(task)], {
      execArgv: [],
      // Compiled once, by the first child.
      env: { ...process.env, NODE_COMPILE_CACHE: `${bundle}.compiled` },
    });
    this.#gone = new Promise((resolve, reject) => {
      this.#process.once('error', reject);
      this.#process.once('exit', (_code, signal) => resolve(signal));
    });
    this.#process.on('message', (message: Request | ChildNews) => {
      if ('method' in message) return this.onRequest(message);
      this.#news.push(message);
      this.#take?.();
    });
  }

  /** What it tells next; undefined where it is gone. */
  async next(): Promise<ChildNews | undefined> {
    const told = new Promise<void>((resolve) => {
      this.#take = resolve;
    });
    if (this.#news.length === 0) await Promise.race([told, this.#gone]);
    return this.#news.shift();
  }

  send(message: Answer | Go): void {
    // It may have died since it asked.
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** By which signal it ended. */
  gone(): Promise<NodeJS.Signals | null> {
    return this.#gone;
  }

  /** What it was doing when it noted it last. */
  place(): Place {
    return PLACES[Number(readFileSync(this.#placeFile, 'utf8'))] ?? 'idle';
  }
}

/** Children that are started ahead of time and wait for their word, so that nobody waits for them. */
export class Children {
  readonly #directory: string;
  readonly #task: Omit<ChildTask, 'placeFile'>;
  readonly #bundle: string;
  readonly #waiting: Child[] = [];
  readonly #ahead: number;
  #started = 0;

  /** `bundle` is what they run. */
  constructor(bundle: string, directory: string, task: Omit<ChildTask, 'placeFile'>, ahead = 2) {
    this.#directory = directory;
    this.#task = task;
    this.#bundle = bundle;
    this.#ahead = ahead;
    this.#fill();
  }

  #fill(): void {
    while (this.#waiting.length < this.#ahead) {
      const placeFile = join(this.#directory, `place-${++this.#started}`);
      this.#waiting.push(new Child(this.#bundle, { ...this.#task, placeFile }));
    }
  }

  /** One that is ready. */
  async take(): Promise<Child> {
    this.#fill();
    const child = this.#waiting.shift();
    this.#fill();
    const news = await child?.next();
    if (!child || !news || !('ready' in news)) throw new Error('a child did not get ready');
    return child;
  }

  async end(): Promise<void> {
    for (const child of this.#waiting) child.kill();
    await Promise.all(this.#waiting.map((child) => child.gone()));
  }
}
