import type { CliIo, Output } from './cli-io.ts';

type Stream = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>;

function outputOf(stream: Stream): Output {
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true,
    columns: () => stream.columns,
  };
}

/** The process itself. */
export function processIo(): CliIo {
  const { stdin, stdout, stderr, env } = process;
  const answers = stdin.isTTY === true && stderr.isTTY === true;
  return {
    stdout: outputOf(stdout),
    stderr: outputOf(stderr),
    ...(answers ? { ask } : {}),
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks).toString('utf8');
    },
    input: () => stdin,
    env,
    cwd: process.cwd(),
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    exit: (code) => process.exit(code),
  };
}

/** On stderr, so that stdout holds the result alone. */
async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    // readline takes Ctrl-C for itself while it asks; it means no.
    lines.once('SIGINT', () => lines.close());
    const answered = lines.question(question, { signal }).catch(() => undefined);
    const answer = await Promise.race([answered, closed]);
    // The cursor still stands behind the question.
    if (answer === undefined) process.stderr.write('\n');
    return answer;
  } finally {
    lines.close();
  }
}
