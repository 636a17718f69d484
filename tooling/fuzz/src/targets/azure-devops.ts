import { createAzureDevOpsEmulator } from '@spec-kitty/tooling-emulators';
import { AzureDevOpsConnector } from '@spec-kitty/tracker-azure-devops';
import type { Recipe } from '../hostile/json.ts';
import type { FuzzTarget } from '../target.ts';
import { type RestWorld, restTargets } from './rest.ts';

const SECRET = 'hook secret';

function open(): RestWorld {
  const emulator = createAzureDevOpsEmulator({ limits: false, webhookSecret: SECRET });
  const { fetch, time, token, state } = emulator;
  const [one, two] = ['One', 'Two'].map((title) =>
    state.create('ada@acme.example', 'Task', { title, description: '<p>A <b>text</b></p>', tags: ['bug'] }),
  );
  if (!one || !two) throw new Error('there are two items');
  const refOf = (id: number) => ({
    system: 'azure-devops',
    workspace: 'acme/Shop',
    id: String(id),
    key: `acme/Shop#${id}`,
  });
  const { body } = emulator.deliver('workitem.updated', one);
  return {
    fetch,
    connector: (over) =>
      new AzureDevOpsConnector(
        { organization: 'acme', project: 'Shop', token, webhookSecret: SECRET },
        { fetch: over, clock: time.clock, sleep: time.sleep },
      ),
    refs: [refOf(one.id), refOf(two.id)],
    delivery: JSON.parse(new TextDecoder().decode(body)) as Recipe,
    headersOf: () => ({ 'x-webhook-secret': SECRET }),
  };
}

export const azureDevOpsTargets: readonly FuzzTarget[] = await restTargets('azure-devops', open);
