import type { CreateIssueOptions, EditIssueOptions, IssueLinkSchema } from '@gitbeaker/core';
import { expectTypeOf, test } from 'vitest';
import type * as inputs from '../src/inputs.ts';

type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text;
/** As a client of GitLab's names what GitLab calls with underscores. */
type Camelised<T> = { [Key in keyof T as Camel<Key & string>]: T[Key] };

test('every input is one that a client of GitLab would send', () => {
  expectTypeOf<Omit<Camelised<inputs.CreateIssueInput>, 'title'>>().toExtend<CreateIssueOptions>();
  expectTypeOf<Camelised<inputs.UpdateIssueInput>>().toExtend<EditIssueOptions>();
  expectTypeOf<inputs.IssueLinkInput['link_type']>().toExtend<IssueLinkSchema['link_type']>();
});
