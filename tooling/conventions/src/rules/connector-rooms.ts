import type { Rule, Violation } from '../workspace.ts';

const ROOMS = [
  'index',
  'manifest',
  'config',
  'connector',
  'client',
  'to-canonical',
  'from-canonical',
] as const;

/** Who has read one connector has read all. A package that exports nothing yet has not begun. */
export const connectorRooms: Rule = ({ packages, files, modules }) => {
  const violations: Violation[] = [];
  for (const { layer, directory } of packages) {
    const index = `${directory}/src/index.ts`;
    if (layer !== 'connectors' || modules.get(index)?.hasContent === false) continue;
    const readOnly = /supportsWrite:\s*false/.test(files.get(`${directory}/src/manifest.ts`) ?? '');
    for (const room of ROOMS) {
      const file = `${directory}/src/${room}.ts`;
      if (files.has(file) || (room === 'from-canonical' && readOnly)) continue;
      violations.push({ file, message: 'is missing: every connector has this room' });
    }
  }
  return violations;
};
