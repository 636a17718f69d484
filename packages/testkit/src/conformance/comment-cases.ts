import type { Comment, ExternalRef } from '@spec-kitty/tracker-core';
import { ConformanceError, check, equal, present, refusal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { outcome, type World } from './world.ts';

const edits: NonNullable<ConnectorCase['when']> = (capabilities) =>
  writes(capabilities) && capabilities.supportsComments && capabilities.supportsCommentEdits === true;

async function comments(world: World, ref: ExternalRef): Promise<Comment[]> {
  const list = world.connector.listComments?.bind(world.connector);
  if (!list) throw new ConformanceError('supportsCommentEdits is promised, listComments is not there');
  const found = await list(ref);
  for (const comment of found) {
    check(typeof comment.id === 'string' && comment.id !== '', 'a comment without an id');
    check(typeof comment.ours === 'boolean', 'a comment does not say whether it is ours');
  }
  return found;
}

export const commentCases: ConnectorCase[] = [
  {
    name: 'a comment changes no field',
    when: (capabilities) => writes(capabilities) && capabilities.supportsComments,
    async run(world) {
      const ref = await world.seedOne({ title: 'Discussed', body: 'The same' });
      const before = await world.get(ref);
      await world.connector.addComment(ref, 'A comment');
      world.unchanged(before, await world.get(ref), [], ['title', 'body', 'status', 'labels', 'assignees']);
    },
  },
  {
    name: 'comments are listed as ours, oldest first, as they were written',
    when: edits,
    async run(world) {
      const ref = await world.seedOne();
      equal(await comments(world, ref), [], 'the comments at first');
      for (const body of ['First', 'Second\n\nwith two paragraphs'])
        await world.connector.addComment(ref, body);
      const found = await comments(world, ref);
      equal(
        found.map(({ body, ours }) => [body.trimEnd(), ours]),
        [
          ['First', true],
          ['Second\n\nwith two paragraphs', true],
        ],
        'the comments',
      );
    },
  },
  {
    name: 'an edit of a comment changes that comment alone',
    when: edits,
    async run(world) {
      const ref = await world.seedOne();
      for (const body of ['First', 'Second']) await world.connector.addComment(ref, body);
      const second = present((await comments(world, ref))[1], 'the second comment');
      await world.connector.updateComment?.(ref, second.id, 'Second, edited');
      const bodies = (await comments(world, ref)).map(({ body }) => body.trimEnd());
      equal(bodies, ['First', 'Second, edited'], 'the comments after an edit');
    },
  },
  {
    name: 'an edit of an unknown comment is refused',
    when: edits,
    async run(world) {
      const ref = await world.seedOne();
      await world.connector.addComment(ref, 'First');
      const { id } = present((await comments(world, ref))[0], 'the comment');
      const unknown = /^\d+$/.test(id) ? '987654321' : `${id}-none`;
      await refusal(
        () => world.connector.updateComment?.(ref, unknown, 'x'),
        'an edit of an unknown comment',
      );
    },
  },
  {
    name: 'hostile text in a comment is stored as it is, or refused',
    when: (capabilities) => writes(capabilities) && capabilities.supportsComments,
    async run(world) {
      const ref = await world.seedOne();
      const kept: string[] = [];
      for (const body of HOSTILE_TEXTS) {
        if ('answer' in (await outcome(() => world.connector.addComment(ref, body)))) kept.push(body);
      }
      if (world.capabilities.supportsCommentEdits !== true) return;
      const plain = (text: string): string => text.normalize('NFC').replaceAll('\r\n', '\n').trimEnd();
      equal(
        (await comments(world, ref)).map(({ body }) => plain(body)),
        kept.map(plain),
        'the comments',
      );
    },
  },
];
