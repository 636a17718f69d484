import type { SqlValue } from './statements.ts';

/** Conditions with their values, which are numbered as they are added. `$1` is the tenant. */
export class Conditions {
  readonly values: SqlValue[] = [];
  readonly #conditions: string[] = [];

  /** `?` stands for the values, in their order. */
  add(sql: string, ...values: SqlValue[]): void {
    const [first = '', ...rest] = sql.split('?');
    this.#conditions.push(
      values.reduce<string>((text, value, at) => `${text}${this.value(value)}${rest[at] ?? ''}`, first),
    );
  }

  /** The place of a value. */
  value(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length + 1}`;
  }

  get sql(): string {
    return this.#conditions.join(' AND ');
  }
}
