import { writeFileSync } from 'node:fs';
import { manifest } from '../dist/manifest.js';

// What discovery reads without running any code of this package.
writeFileSync(new URL('../dist/manifest.json', import.meta.url), `${JSON.stringify(manifest, null, 2)}\n`);
