import { parseArgs } from 'node:util';
import { EMULATORS } from './emulators.ts';
import { serve } from './serve.ts';
import { VirtualTime } from './virtual-time.ts';

const USAGE = `pnpm emulate <${Object.keys(EMULATORS).join('|')}> [--port N] [--issues N]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', default: '0' },
    issues: { type: 'string', default: '20' },
  },
});
const [name = ''] = positionals;
const make = Object.entries(EMULATORS).find(([known]) => known === name)?.[1];
const [port, issues] = [Number(values.port), Number(values.issues)];
if (!make || !Number.isInteger(port) || !Number.isInteger(issues) || port < 0 || issues < 0) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  // The seeds end now, and from here on its time goes as fast as everybody's.
  const time = new VirtualTime(new Date(Date.now() - 90 * 86_400_000).toISOString());
  const { emulator, config } = make(time, issues);
  time.advance(Date.now() - time.ms);
  setInterval(() => time.advance(Date.now() - time.ms), 50).unref();
  const { url } = await serve(emulator, port);
  console.log(`${name} at ${url}, with ${issues} issues, until Ctrl-C.\n`);
  for (const [variable, value] of Object.entries(config.environment))
    console.log(`export ${variable}=${value}`);
  const binding = { connector: name, options: { ...config.options, baseUrl: url } };
  const file = { store: { path: 'issues.sqlite' }, bindings: { [name]: binding } };
  console.log(`\nspec-kitty-tracker.json:\n${JSON.stringify(file, null, 2)}`);
  console.log('\nThe command line asks once whether this address is meant: spec-kitty-tracker trust');
}
