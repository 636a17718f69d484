import { isNodeBuiltin, isRelative, resolveRelative } from '../specifiers.ts';
import type { Rule, Violation, Workspace } from '../workspace.ts';

const SOURCES = 'packages/core/src/';
const NODE_SOURCES = `${SOURCES}node/`;
const MAIN_ENTRY = `${SOURCES}index.ts`;

/** Core imports zod alone, and what its main entry reaches runs in any JavaScript runtime. */
export const corePurity: Rule = (workspace) => {
  const violations: Violation[] = [];
  for (const [file, { imports }] of workspace.modules) {
    if (!file.startsWith(SOURCES)) continue;
    for (const { specifier } of imports) {
      if (isRelative(specifier) || specifier === 'zod') continue;
      if (isNodeBuiltin(specifier) && file.startsWith(NODE_SOURCES)) continue;
      violations.push({ file, message: `core must not import ${specifier}` });
    }
  }
  for (const file of reachableFrom(workspace, MAIN_ENTRY)) {
    if (file.startsWith(NODE_SOURCES)) {
      violations.push({ file, message: "core's main entry must not reach what needs Node" });
    }
  }
  return violations;
};

function reachableFrom({ modules }: Workspace, entry: string): Set<string> {
  const reached = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const parsed = modules.get(file);
    if (!parsed || reached.has(file)) continue;
    reached.add(file);
    for (const { specifier } of parsed.imports) {
      if (isRelative(specifier)) waiting.push(resolveRelative(file, specifier));
    }
  }
  return reached;
}
