import { describe, expect, it } from 'vitest';
import { OwnershipPolicy } from '../../src/index.ts';
import { contestedField } from '../../src/policy/ownership-policy.ts';

describe('who owns a field', () => {
  const split = OwnershipPolicy.split({
    fieldOwners: { status: 'external', customFields: 'local', 'customFields.x': 'external' },
  });
  it.each([
    ['status', 'external', false, true],
    ['title', 'shared', true, true],
    ['customFields', 'local', true, false],
    ['customFields.y', 'local', true, false],
    ['customFields.x', 'external', false, true],
  ] as const)('%s: %s', (field, owner, local, external) => {
    expect(split.ownerFor(field)).toBe(owner);
    expect([split.localCanWrite(field), split.externalCanWrite(field)]).toEqual([local, external]);
  });

  it('is the default where nothing is said', () => {
    const policy = OwnershipPolicy.split({ fieldOwners: { title: 'local' }, defaultOwner: 'external' });
    expect([policy.ownerFor('title'), policy.ownerFor('customFields.x')]).toEqual(['local', 'external']);
  });

  it.each([OwnershipPolicy.externalAuthoritative(), OwnershipPolicy.localAuthoritative(), split])(
    'survives JSON: $mode',
    (policy) => {
      const again = OwnershipPolicy.fromJSON(JSON.parse(JSON.stringify(policy)));
      expect(again.toJSON()).toEqual(policy.toJSON());
      for (const field of ['title', 'status', 'customFields.x'] as const)
        expect(again.ownerFor(field)).toBe(policy.ownerFor(field));
    },
  );

  it.each([
    [{ mode: 'split_ownership', fieldOwners: { tittle: 'local' } }, 'tittle'],
    [{ mode: 'split_ownership', fieldOwners: { title: 'nobody' } }, 'title'],
    [{ mode: 'shared' }, 'mode'],
    [{ mode: 'external_authoritative', fieldOwners: {} }, 'fieldOwners'],
  ])('is refused, naming what is wrong: %j', (json, name) => {
    expect(() => OwnershipPolicy.fromJSON(json)).toThrowError(
      expect.objectContaining({ code: 'connector_config', message: expect.stringContaining(name) }),
    );
  });
});

describe('a contested field', () => {
  const owns = (field: 'status' | 'customFields.x'): OwnershipPolicy =>
    OwnershipPolicy.fromJSON({ mode: 'split_ownership', fieldOwners: { [field]: 'external' } });
  it.each([
    ['one of them', [owns('status'), OwnershipPolicy.localAuthoritative()], undefined],
    ['both', [owns('status'), owns('status')], 'status'],
    ['both, one of them by default', [owns('status'), OwnershipPolicy.externalAuthoritative()], 'status'],
    [
      'a custom key of both',
      [owns('customFields.x'), OwnershipPolicy.externalAuthoritative()],
      'customFields.x',
    ],
  ])('is one that %s own', (_name, policies, field) => {
    expect(contestedField(policies)).toBe(field);
  });
});
