import { posix } from 'node:path';
import { z } from 'zod';
import type { Rule, Violation } from '../workspace.ts';

const ProjectListSchema = z.object({ references: z.array(z.object({ path: z.string() })) });

/** A project that is missing in the lists at the root would be neither built nor checked, silently. */
export const projectLists: Rule = ({ files }) => {
  const violations: Violation[] = [];
  const built = listedIn(files, 'tsconfig.json');
  const checked = listedIn(files, 'tsconfig.check.json');
  for (const [path, text] of files) {
    if (!/^(?:packages|examples|tooling)\/.*\/tsconfig(?:\.\w+)?\.json$/.test(path)) continue;
    const isLibrary = path.startsWith('packages/') && !path.endsWith('tsconfig.test.json');
    const list = isLibrary ? built : checked;
    if (!list.has(path)) {
      const message = `is not listed in ${isLibrary ? 'tsconfig.json' : 'tsconfig.check.json'} at the root`;
      violations.push({ file: path, message });
    }
    if (isLibrary && path.endsWith('/tsconfig.json') && !/tooling\/tsconfig\/library\.json"/.test(text)) {
      violations.push({ file: path, message: 'does not extend library.json' });
    }
  }
  if (!checked.has('tsconfig.json')) {
    violations.push({ file: 'tsconfig.check.json', message: 'does not list tsconfig.json' });
  }
  return violations;
};

function listedIn(files: ReadonlyMap<string, string>, list: string): Set<string> {
  const { references } = ProjectListSchema.parse(JSON.parse(files.get(list) ?? '{"references":[]}'));
  return new Set(
    references.map(({ path }) => posix.normalize(path.endsWith('.json') ? path : `${path}/tsconfig.json`)),
  );
}
