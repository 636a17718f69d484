import { spawn } from 'node:child_process';
import { once } from 'node:events';

const PORT = /--port (\d+)/;

/**
 * What `listen` prints, on a port that is free in place of the one that the page says. It is asked how it is, and stopped
 * as by Ctrl-C. @throws Error where it does not listen, is not well, or does not end by itself.
 */
export async function listening(
  code: string,
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<string> {
  const port = PORT.exec(code)?.[1] ?? '';
  // The shell itself becomes the command, so that it is the one that is stopped.
  const command = code
    .replace(/^npx (?=spec-kitty-tracker listen\b)/m, 'exec npx ')
    .replace(PORT, '--port 0');
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  try {
    for await (const text of child.stdout.setEncoding('utf8')) {
      output += text;
      if (output.endsWith('\n')) break;
    }
    const actual = /http:\/\/[^/]+:(\d+)/.exec(output);
    if (!actual) throw new Error(`it does not listen:\n${output}${messages}`);
    const { status } = await fetch(`${actual[0]}/health`);
    if (status !== 200) throw new Error(`it is not well: ${status}`);
    child.kill('SIGINT');
    const [exit] = await ended;
    if (exit !== 0) throw new Error(`it ended with ${exit}: ${messages}`);
    return output.replaceAll(`:${actual[1]}`, `:${port}`);
  } finally {
    child.kill('SIGKILL');
  }
}
