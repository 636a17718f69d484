import type { LinearDocument } from '@linear/sdk';
import { LINEAR_WEBHOOK_SIGNATURE_HEADER } from '@linear/sdk/webhooks';
import { expect, expectTypeOf, test } from 'vitest';
import type * as inputs from '../src/inputs.ts';
import { SIGNATURE_HEADER } from '../src/webhook.ts';

test("every input is one that Linear's own SDK would send", () => {
  expectTypeOf<inputs.IssueUpdateInput>().toExtend<LinearDocument.IssueUpdateInput>();
  expectTypeOf<inputs.IssueCreateInput>().toExtend<LinearDocument.IssueCreateInput>();
  expectTypeOf<inputs.AttachmentCreateInput>().toExtend<LinearDocument.AttachmentCreateInput>();
  expectTypeOf<inputs.CommentCreateInput>().toExtend<LinearDocument.CommentCreateInput>();
  expectTypeOf<inputs.CommentUpdateInput>().toExtend<LinearDocument.CommentUpdateInput>();
  expectTypeOf<Omit<inputs.IssueRelationCreateInput, 'type'>>().toExtend<
    Omit<LinearDocument.IssueRelationCreateInput, 'type'>
  >();
  expectTypeOf<inputs.IssueRelationCreateInput['type']>().toExtend<`${LinearDocument.IssueRelationType}`>();
  expect(SIGNATURE_HEADER).toBe(LINEAR_WEBHOOK_SIGNATURE_HEADER);
});
