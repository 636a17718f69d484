/** How a test runner takes a test: `test` of vitest, of `node:test`, of Jest, of Mocha's `it`. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;
