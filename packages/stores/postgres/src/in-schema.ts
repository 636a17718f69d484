/** A statement of this package with its schema: `@records` is the table of that name in it. */
export function inSchema(schema: string, sql: string): string {
  return sql.replace(/@(?=[a-z])/g, `"${schema}".`);
}
