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
type Room = (typeof ROOMS)[number];

/** Rooms that a connector does without, each with the reason. */
const WITHOUT: Record<string, Partial<Record<Room, string>>> = {};

/** Who has read one connector has read all. A package that exports nothing yet has not begun. */
export const connectorRooms: Rule = ({ packages, files, modules }) => {
  const violations: Violation[] = [];
  for (const { layer, directory } of packages) {
    const index = `${directory}/src/index.ts`;
    if (layer !== 'connectors' || modules.get(index)?.hasContent === false) continue;
    const name = directory.slice(directory.lastIndexOf('/') + 1);
    const readOnly = /supportsWrite:\s*false/.test(files.get(`${directory}/src/manifest.ts`) ?? '');
    for (const room of ROOMS) {
      const file = `${directory}/src/${room}.ts`;
      const reason = WITHOUT[name]?.[room];
      if (files.has(file)) {
        if (reason !== undefined) violations.push({ file, message: 'is there: drop its exception' });
      } else if (reason === undefined && !(room === 'from-canonical' && readOnly)) {
        violations.push({ file, message: 'is missing: every connector has this room' });
      }
    }
  }
  return violations;
};
