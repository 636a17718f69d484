import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BESIDE_THE_REPOSITORY = fileURLToPath(new URL('../../../../shared/schemas', import.meta.url));

/**
 * A vendor's own description of its API, by its place among them. They are not part of this repository: where there are
 * none, the reason is printed, and what needs one is to be skipped.
 */
export function vendorSchema(place: string): string | undefined {
  const file = join(process.env['TRACKER_SCHEMAS'] ?? BESIDE_THE_REPOSITORY, place);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  process.stderr.write(`skipped: there is no ${place} in TRACKER_SCHEMAS or beside the repository\n`);
  return undefined;
}
