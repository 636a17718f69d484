import { runStandIn } from './stand-in.ts';

/** The stand-in as a command of its own: `HOME` tells where it keeps what it has. */
const answer = runStandIn(process.argv.slice(2), process.env['HOME'] ?? '', process.cwd());
if (answer.dies) process.kill(process.pid, 'SIGKILL');
process.stdout.write(answer.stdout);
process.stderr.write(answer.stderr);
process.exitCode = answer.exitCode;
