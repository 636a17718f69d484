/** Far beyond any real one; npm's largest are a few hundred kilobytes. */
export const MAX_PACKAGE_JSON_BYTES = 1_048_576;

/** As package managers read one: a byte order mark is passed over. @throws SyntaxError */
export function parsePackageJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
