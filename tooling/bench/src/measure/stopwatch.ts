/** Adds up the time that pieces of work take, in milliseconds. */
export class Stopwatch {
  #total = 0;

  get milliseconds(): number {
    return this.#total;
  }

  time<T>(work: () => T): T {
    const start = performance.now();
    try {
      return work();
    } finally {
      this.#total += performance.now() - start;
    }
  }

  /** What is waited for counts as work. */
  async timeAsync<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#total += performance.now() - start;
    }
  }
}
