import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signedDelivery } from '@spec-kitty/tracker-memory';
import { inTemporaryFolder } from '../measure/temporary-folder.ts';
import type { Figure, Sample } from './figure.ts';

const MAIN = fileURLToPath(new URL('../../../../packages/cli/dist/main.js', import.meta.url));
const SECRET = 'a secret of webhooks';
const DELIVERIES = 10_000;
const AT_ONCE = 32;
const ASKED = 500;

type Delivery = Awaited<ReturnType<typeof signedDelivery>>;

/** Answers the status. */
function post(agent: Agent, url: string, { headers, body }: Delivery): Promise<number> {
  return new Promise((done, failed) => {
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode ?? 0));
    });
    sent.on('error', failed).end(body);
  });
}

/** The receiver is one process; whoever sends is another. */
export const listenRate: Figure = {
  name: 'listen-rate',
  title: `Seconds that \`listen\` takes to store and answer ${ASKED} signed deliveries`,
  unit: ' s',
  target: 1,
  measure: () => inTemporaryFolder(measured),
};

async function measured(folder: string): Promise<Sample> {
  const options = { file: 'tracker.json', workspace: 'app', webhookSecret: '$' + '{env:HOOK}' };
  const config = { store: { path: 'store.sqlite' }, bindings: { app: { connector: 'memory', options } } };
  writeFileSync(join(folder, 'spec-kitty-tracker.json'), JSON.stringify(config));
  const child = spawn(process.execPath, [MAIN, 'listen', '--port', '0', '--json'], {
    cwd: folder,
    env: { ...process.env, HOOK: SECRET },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((done) => child.on('close', done));
  const url = await new Promise<string>((done) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.endsWith('}\n')) done(JSON.parse(text).listening[0].url);
    });
  });
  const deliveries: Delivery[] = [];
  for (let index = 0; index < DELIVERIES; index += 1)
    deliveries.push(await signedDelivery(SECRET, [eventOf(`issue-${index}`)]));
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const waiting = deliveries.values();
  let taken = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const delivery of waiting) if ((await post(agent, url, delivery)) === 202) taken += 1;
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  child.kill('SIGTERM');
  await ended;
  return { value: (seconds * ASKED) / DELIVERIES, parts: { taken, perSecond: taken / seconds } };
}

const eventOf = (id: string) => ({
  eventId: `event of ${id}`,
  eventType: 'updated' as const,
  issueRef: { system: 'memory', workspace: 'app', id },
  timestamp: '2026-01-01T00:00:00.000Z',
  payload: {},
});
