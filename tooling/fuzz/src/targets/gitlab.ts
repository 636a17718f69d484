import { createGitlabEmulator, gitlabPerson } from '@spec-kitty/tooling-emulators';
import { GitLabConnector } from '@spec-kitty/tracker-gitlab';
import type { Recipe } from '../hostile/json.ts';
import type { FuzzTarget } from '../target.ts';
import { type RestWorld, restTargets } from './rest.ts';

const WEBHOOK_TOKEN = 'hook secret';

function open(): RestWorld {
  const emulator = createGitlabEmulator({ limits: false, webhookToken: WEBHOOK_TOKEN });
  const { fetch, time, token, state } = emulator;
  const person = gitlabPerson(emulator);
  const [one, two] = ['One', 'Two'].map((title) => person.create({ title, body: 'text', labels: ['bug'] }));
  const refOf = (id = '') => ({ system: 'gitlab', workspace: '42', id, key: `acme/shop#${id}` });
  const { body } = emulator.deliver('Note Hook', 'create', state.byNumber(state.project, Number(one)));
  return {
    fetch,
    connector: (over) =>
      new GitLabConnector(
        { projectId: 42, token, webhookSecret: WEBHOOK_TOKEN },
        { fetch: over, clock: time.clock, sleep: time.sleep },
      ),
    refs: [refOf(one), refOf(two)],
    delivery: JSON.parse(new TextDecoder().decode(body)) as Recipe,
    headersOf: () => ({ 'x-gitlab-token': WEBHOOK_TOKEN, 'idempotency-key': 'delivery-1' }),
  };
}

export const gitlabTargets: readonly FuzzTarget[] = await restTargets('gitlab', open);
