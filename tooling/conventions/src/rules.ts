import { connectorRooms } from './rules/connector-rooms.ts';
import { corePurity } from './rules/core-purity.ts';
import { fileLength } from './rules/file-length.ts';
import { fileNames } from './rules/file-names.ts';
import { importDirection } from './rules/import-direction.ts';
import { outsidePackages } from './rules/outside-packages.ts';
import { packageBoundaries } from './rules/package-boundaries.ts';
import { packageManifests } from './rules/package-manifests.ts';
import { portableText } from './rules/portable-text.ts';
import { projectLists } from './rules/project-lists.ts';
import { publicRoots } from './rules/public-roots.ts';
import type { Rule } from './workspace.ts';

export const RULES: Readonly<Record<string, Rule>> = {
  'import-direction': importDirection,
  'outside-packages': outsidePackages,
  'package-boundaries': packageBoundaries,
  'core-purity': corePurity,
  'connector-rooms': connectorRooms,
  'public-roots': publicRoots,
  'package-manifests': packageManifests,
  'project-lists': projectLists,
  'portable-text': portableText,
  'file-names': fileNames,
  'file-length': fileLength(),
};
