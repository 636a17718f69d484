import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { beyondDescription, createGitlabEmulator, vendorSchema } from '../src/index.ts';

const requests = vendorSchema('gitlab/openapi-v2.yaml');
const answers = ['issue', 'issue_link', 'notes'].map((name) =>
  vendorSchema(`gitlab/public_api_v4/${name}.json`),
);
const isUnsaid = (problem: string): boolean => /^\w+ \S*(?:\/user|\/notes\S*) is unknown$/.test(problem);

test.skipIf(requests === undefined)("every path and every parameter is GitLab's own", () => {
  const problems = beyondDescription(createGitlabEmulator().operations, parse(requests ?? ''), {
    prefix: '/api/v4',
  });
  // What GitLab's description leaves out, and its manual has: the account of the token, and notes.
  expect(problems.filter((problem) => !isUnsaid(problem))).toEqual([]);
  expect(problems.filter(isUnsaid)).toEqual([
    'GET /user is unknown',
    'GET /projects/{id}/issues/{issue_iid}/notes is unknown',
    'POST /projects/{id}/issues/{issue_iid}/notes is unknown',
    'PUT /projects/{id}/issues/{issue_iid}/notes/{note_id} is unknown',
  ]);
});

test.skipIf(answers.includes(undefined))(
  'answers are as GitLab describes them for its own tests',
  async () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const [issue = {}, link = {}, notes = {}] = answers.map((text) => JSON.parse(text ?? '{}') as object);
    ajv.addSchema(issue, 'issue.json');
    const emulator = createGitlabEmulator();
    const [one, two] = ['one', 'two'].map((title) =>
      emulator.state.create('ada', { title, description: 'text', assignee_ids: [101], labels: ['a'] }),
    );
    const { id = 0 } = one ?? {};
    emulator.state.note('ada', id, 'a note');
    const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
      const headers = { 'private-token': emulator.token, 'content-type': 'application/json' };
      const answer = await emulator.fetch(`https://gitlab.com/api/v4/projects/42/issues${path}`, {
        ...init,
        headers,
      });
      return answer.json();
    };
    const body = JSON.stringify({ target_project_id: 42, target_issue_iid: two?.iid, link_type: 'blocks' });
    const found: [object, unknown][] = [
      [{ type: 'array', items: { $ref: 'issue.json' } }, await ask('')],
      [issue, await ask('/1')],
      [link, await ask('/1/links', { method: 'POST', body })],
      [{ type: 'array', items: { $ref: 'issue.json' } }, await ask('/1/links')],
      [notes, await ask('/1/notes')],
    ];
    for (const [schema, answer] of found) {
      const valid = ajv.validate(schema, answer);
      expect([valid, ajv.errors]).toEqual([true, null]);
    }
  },
);
