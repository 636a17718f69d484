import { fileURLToPath } from 'node:url';
import { apiReference } from './api-reference.ts';

/** Writes the reference; with `--check`, only says what is wrong with it. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = `${root}api-docs`;
const problems = await apiReference(process.argv.includes('--check') ? { root } : { root, folder });
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
