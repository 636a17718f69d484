import { createServer, type Socket } from 'node:net';
import type { CommandRunner } from '@spec-kitty/tracker-core';
import type { After } from '../src/index.ts';

type Command = Parameters<CommandRunner['run']>[0];

/** A command that runs this script of Node's. */
export function script(text: string, rest: Partial<Command> & { parameters?: string[] } = {}): Command {
  const { parameters = [], ...command } = rest;
  return { command: process.execPath, args: ['-e', text, '--', ...parameters], ...command };
}

/** Timers that go off when a test says so. */
export function manualTimers(): { after: After; fire(ms: number): void; waiting(): number[] } {
  const waiting: { ms: number; callback: () => void }[] = [];
  return {
    after(ms, callback) {
      const timer = { ms, callback };
      waiting.push(timer);
      return () => {
        const index = waiting.indexOf(timer);
        if (index >= 0) waiting.splice(index, 1);
      };
    },
    fire(ms) {
      const index = waiting.findIndex((timer) => timer.ms === ms);
      const [timer] = index < 0 ? [] : waiting.splice(index, 1);
      if (!timer) throw new Error(`no timer of ${ms} ms is waiting`);
      timer.callback();
    },
    waiting: () => waiting.map(({ ms }) => ms),
  };
}

/**
 * A port that children connect to once they are where a test wants them; a connection ends when its process does.
 * `HELLO` is the start of a script that connects.
 */
export async function meetingPoint(): Promise<
  AsyncDisposable & { hello: string; arrival(): Promise<{ gone: Promise<void>; release(): void }> }
> {
  const arrived: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.resume();
    const next = waiting.shift();
    if (next) next(socket);
    else arrived.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    hello: `const arrive = (then = () => {}) => require('node:net').connect(${address.port}, '127.0.0.1', then);`,
    async arrival() {
      const socket = arrived.shift() ?? (await new Promise<Socket>((resolve) => waiting.push(resolve)));
      const gone = socket.closed
        ? Promise.resolve()
        : new Promise<void>((resolve) => socket.once('close', () => resolve()));
      return { gone, release: () => void socket.end() };
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a call was rejected with. */
export async function rejection(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('the call was expected to be rejected');
}
