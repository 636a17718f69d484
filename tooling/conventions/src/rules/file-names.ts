import type { Rule, Violation } from '../workspace.ts';

const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/;
const BY_CUSTOM = new Set(['README.md', 'CHANGELOG.md', 'LICENSE']);
/** Their names come from elsewhere. */
const FOREIGN = /\/(?:fixtures|__snapshots__)\//;

export const fileNames: Rule = ({ files }) => {
  const violations: Violation[] = [];
  for (const file of files.keys()) {
    if (!/^(?:packages|examples|tooling)\//.test(file) || FOREIGN.test(file)) continue;
    const odd = file
      .split('/')
      .find((part) => !part.startsWith('.') && !BY_CUSTOM.has(part) && !KEBAB_CASE.test(part));
    if (odd !== undefined) violations.push({ file, message: `"${odd}" is not in kebab-case` });
  }
  return violations;
};
