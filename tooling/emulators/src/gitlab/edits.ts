import { GitlabRefusal, refuse } from './refusal.ts';

export interface IssueText {
  title: string;
}
/** What is written of an issue that has to be looked at first. */
export interface Edit {
  title?: string;
  description?: string;
  labels?: readonly string[];
  add_labels?: readonly string[];
  remove_labels?: readonly string[];
}

/** https://docs.gitlab.com/api/issues/ */
const MAX_TITLE = 255;
const MAX_DESCRIPTION = 1_048_576;
const MAX_LABEL = 255;

/** An edit as GitLab takes it in: without white space at the ends of titles and labels. @throws GitlabRefusal */
export function editOf(given: Edit): Edit {
  const { title, description } = given;
  for (const text of [title, description]) checkBytes(text ?? '');
  const edit: Edit = {};
  if (title !== undefined) {
    edit.title = title.trim();
    if (edit.title === '') refuse(400, { title: ["can't be blank"] });
    if ([...edit.title].length > MAX_TITLE)
      refuse(400, { title: [`is too long (maximum is ${MAX_TITLE} characters)`] });
  }
  if (description !== undefined) {
    if ([...description].length > MAX_DESCRIPTION)
      refuse(400, { description: [`is too long (maximum is ${MAX_DESCRIPTION} characters)`] });
    edit.description = description;
  }
  for (const field of ['labels', 'add_labels', 'remove_labels'] as const) {
    const labels = given[field];
    if (labels) edit[field] = labels.map(labelOf).filter((label) => label !== '');
  }
  return edit;
}

/** Markup is taken out of the names of labels. */
function labelOf(name: string): string {
  checkBytes(name);
  const label = name
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .trim();
  if ([...label].length > MAX_LABEL)
    refuse(400, { labels: [`is too long (maximum is ${MAX_LABEL} characters)`] });
  return label;
}

function checkBytes(text: string): void {
  if (text.includes('\0')) throw new GitlabRefusal(400, { error: 'string contains null byte' });
}

export interface QuickEdits {
  labels: string[];
  event?: 'close' | 'reopen';
}

/**
 * A line that begins with the name of a command is one, outside of code.
 * https://docs.gitlab.com/user/project/quick_actions/
 */
export function quickActions(text: string): { text: string; edits: QuickEdits } {
  const edits: QuickEdits = { labels: [] };
  let inCode = false;
  const kept = text.split('\n').filter((line) => {
    if (/^\s*(?:```|~~~)/.test(line)) inCode = !inCode;
    const [, command, argument = ''] = /^\/(close|reopen|label)(?:\s+(.*))?$/.exec(line) ?? [];
    if (command === undefined || inCode) return true;
    if (command === 'label')
      edits.labels.push(...[...argument.matchAll(/~(\S+)/g)].map(([, name = '']) => name));
    else edits.event = command === 'close' ? 'close' : 'reopen';
    return false;
  });
  return kept.length === text.split('\n').length ? { text, edits } : { text: kept.join('\n').trim(), edits };
}
