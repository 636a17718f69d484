import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from './schema.ts';

// A step of the build: the JSON Schema is shipped beside the code.
const file = new URL('../../dist/config.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`);
