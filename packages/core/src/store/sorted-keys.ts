/** A set that can be paged in order. Adding is cheap; the order is made when it is asked for. */
export class SortedKeys<Key extends string | number> {
  readonly #members = new Set<Key>();
  #order: Key[] = [];
  #sorted = true;

  add(key: Key): void {
    if (this.#members.has(key)) return;
    this.#members.add(key);
    const last = this.#order.at(-1);
    if (last !== undefined && last >= key) this.#sorted = false;
    this.#order.push(key);
  }

  delete(key: Key): void {
    // The order keeps the key until it is made again: a reader skips what is no member.
    this.#members.delete(key);
  }

  page(after: Key, limit: number): Key[] {
    if (!this.#sorted || this.#order.length > 2 * this.#members.size + 16) {
      this.#order = [...this.#members].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      this.#sorted = true;
    }
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = this.#order[middle];
      if (key !== undefined && key <= after) low = middle + 1;
      else high = middle;
    }
    const page: Key[] = [];
    for (let i = low; i < this.#order.length && page.length < limit; i++) {
      const key = this.#order[i];
      if (key !== undefined && this.#members.has(key) && key !== page.at(-1)) page.push(key);
    }
    return page;
  }
}
