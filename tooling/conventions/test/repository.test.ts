import { describe, expect, it } from 'vitest';
import { readRepository } from '../src/read-repository.ts';
import { RULES } from '../src/rules.ts';
import { workspaceFrom } from '../src/workspace.ts';

const workspace = workspaceFrom(readRepository());

describe('this repository', () => {
  it('is seen by the rules', () => {
    const names = workspace.packages.map(({ name }) => name);
    expect(names).toContain('@spec-kitty/tracker-core');
    expect(names).toContain('@spec-kitty/tooling-conventions');
    expect(workspace.modules.has('tooling/conventions/test/repository.test.ts')).toBe(true);
  });

  it.each(Object.entries(RULES))('keeps %s', (_name, rule) => {
    expect(rule(workspace)).toEqual([]);
  });
});
