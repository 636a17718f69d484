import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = process.env['TRACKER_SCHEMAS'] ?? resolve(import.meta.dirname, '../../../../shared/schemas');

/** A vendor's own description, or undefined where it is not there, which is said. */
export function vendorSchema(name: string): string | undefined {
  const file = join(FOLDER, name);
  if (existsSync(file)) return readFileSync(file, 'utf8');
  process.stderr.write(
    `skipped: what is held against ${name}: it is neither in $TRACKER_SCHEMAS nor in ../shared/schemas\n`,
  );
  return undefined;
}
