#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  // Said before anything is loaded that an older Node cannot load.
  process.stderr.write(`error: spec-kitty-tracker needs Node 22.13 or newer; this is ${process.version}\n`);
  process.exit(2);
}

// Whoever reads us may stop reading (`| head`); that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const [{ processIo }, { run }] = await Promise.all([import('./process-io.ts'), import('./program.ts')]);
// Not `process.exit`: what was written to a pipe may still be on its way.
process.exitCode = await run(process.argv.slice(2), processIo());

export {};
