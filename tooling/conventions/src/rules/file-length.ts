import { isSource, packageOf, type Rule, type Violation } from '../workspace.ts';

const MAX_LINES = 400;

/** Source files that may be longer, each with the reason. */
const LONGER: Record<string, string> = {};

/** A long file is telling something: two rooms in one, or a table that wants to be data. */
export function fileLength(longer: Readonly<Record<string, string>> = LONGER): Rule {
  return ({ packages, files, modules }) => {
    const violations: Violation[] = [];
    for (const file of modules.keys()) {
      const owner = packageOf(packages, file);
      if (!owner || !isSource(owner, file) || file in longer) continue;
      const lines = lineCount(files.get(file));
      if (lines > MAX_LINES) {
        violations.push({ file, message: `has ${lines} lines, more than ${MAX_LINES}` });
      }
    }
    for (const file of Object.keys(longer)) {
      if (lineCount(files.get(file)) <= MAX_LINES) {
        violations.push({ file, message: 'is short enough or gone: drop its exception' });
      }
    }
    return violations;
  };
}

function lineCount(text = ''): number {
  return text.replace(/\n$/, '').split('\n').length;
}
