import { ConformanceError } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { outcome, type World } from './world.ts';

/** A call that has not ended after so many milliseconds hangs. No case that passes waits for it. */
const HANGS_MS = 10_000;

/** That the call ends, with an answer or with an error of this project. */
async function ends(what: string, call: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ConformanceError(`${what}: it does not end`)), HANGS_MS);
  });
  try {
    await Promise.race([outcome(() => call), hangs]);
  } finally {
    clearTimeout(timer);
  }
}

async function disposed(world: World): Promise<void> {
  await world.connector[Symbol.asyncDispose]();
}

export const disposalCases: ConnectorCase[] = [
  {
    name: 'disposing of it twice is a success',
    async run(world) {
      await disposed(world);
      await disposed(world);
    },
  },
  {
    name: 'a read that is under way when it is disposed of ends',
    async run(world) {
      const ref = await world.seedOne();
      const reads = [world.connector.getIssue(ref), world.connector.listIssues({ limit: 1 })];
      const ending = reads.map((read) => ends('a read that was under way', read));
      await disposed(world);
      await Promise.all(ending);
    },
  },
  {
    name: 'a read after it was disposed of is answered, or refused by an error of this project',
    async run(world) {
      const ref = await world.seedOne();
      await disposed(world);
      await ends('getIssue', world.connector.getIssue(ref));
      await ends('listIssues', world.connector.listIssues({ limit: 1 }));
    },
  },
  {
    name: 'a write after it was disposed of is done, or refused by an error of this project',
    when: writes,
    async run(world) {
      const ref = await world.seedOne();
      await disposed(world);
      await ends('updateIssue', world.connector.updateIssue(ref, { title: 'Late' }));
      await ends('createIssue', world.connector.createIssue(world.draft({ title: 'Late' })));
    },
  },
];
