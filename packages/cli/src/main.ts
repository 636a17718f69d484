#!/usr/bin/env node
import { processIo } from './process-io.ts';
import { run } from './program.ts';

// Whoever reads us may stop reading (`| head`); that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
// Not `process.exit`: what was written to a pipe may still be on its way.
process.exitCode = await run(process.argv.slice(2), processIo());
