import { createHmac } from 'node:crypto';
import { createJiraEmulator, jiraPerson } from '@spec-kitty/tooling-emulators';
import { JiraConnector } from '@spec-kitty/tracker-jira';
import type { Recipe } from '../hostile/json.ts';
import type { FuzzTarget } from '../target.ts';
import { type RestWorld, restTargets } from './rest.ts';

const SECRET = 'hook secret';
const WORKSPACE = 'acme.atlassian.net';

function open(): RestWorld {
  const emulator = createJiraEmulator({ limits: false, webhookSecret: SECRET });
  const { fetch, time, email, apiToken, state } = emulator;
  const person = jiraPerson(emulator);
  const refs = ['One', 'Two'].map((title) => {
    const id = person.create({ title, body: '# A *title*\n\n- one\n- [x] two', labels: ['bug'] });
    return { system: 'jira', workspace: WORKSPACE, id, key: state.issue(id).key };
  });
  const [one, two] = refs;
  if (!one || !two) throw new Error('there are two issues');
  const { body } = emulator.deliver('jira:issue_updated', state.issue(one.id));
  return {
    fetch,
    connector: (over) =>
      new JiraConnector(
        { baseUrl: `https://${WORKSPACE}`, projectKey: 'SHOP', email, apiToken, webhookSecret: SECRET },
        { fetch: over, clock: time.clock, sleep: time.sleep },
      ),
    refs: [one, two],
    delivery: JSON.parse(new TextDecoder().decode(body)) as Recipe,
    headersOf: (bytes) => ({
      'x-hub-signature': `sha256=${createHmac('sha256', SECRET).update(bytes).digest('hex')}`,
      'x-atlassian-webhook-identifier': 'delivery-1',
    }),
  };
}

export const jiraTargets: readonly FuzzTarget[] = await restTargets('jira', open);
