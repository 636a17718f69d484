import { AzureRefusal } from './refusal.ts';

/** A relation as one of its ends shows it. */
export interface AzureRelation {
  rel: string;
  target: number;
}

/** The items among which there are relations. */
export interface LinkedItems {
  /** @throws AzureRefusal where there is none. */
  item(id: number): unknown;
  relationsOf(id: number): readonly AzureRelation[];
}

/** Both ends of each kind: https://learn.microsoft.com/en-us/azure/devops/boards/queries/link-type-reference */
const INVERSE: Readonly<Record<string, string>> = {
  'System.LinkTypes.Hierarchy-Forward': 'System.LinkTypes.Hierarchy-Reverse',
  'System.LinkTypes.Hierarchy-Reverse': 'System.LinkTypes.Hierarchy-Forward',
  'System.LinkTypes.Dependency-Forward': 'System.LinkTypes.Dependency-Reverse',
  'System.LinkTypes.Dependency-Reverse': 'System.LinkTypes.Dependency-Forward',
  'System.LinkTypes.Duplicate-Forward': 'System.LinkTypes.Duplicate-Reverse',
  'System.LinkTypes.Duplicate-Reverse': 'System.LinkTypes.Duplicate-Forward',
  'System.LinkTypes.Related': 'System.LinkTypes.Related',
};
const PARENT = 'System.LinkTypes.Hierarchy-Reverse';
const CHILD = 'System.LinkTypes.Hierarchy-Forward';

export const inverseOf = (rel: string): string => INVERSE[rel] ?? rel;

/** Whether an item may have these relations. @throws AzureRefusal */
export function checkRelations(items: LinkedItems, id: number, relations: readonly AzureRelation[]): void {
  const before = items.relationsOf(id);
  const has = ({ rel, target }: AzureRelation, among: readonly AzureRelation[]): number =>
    among.filter((one) => one.rel === rel && one.target === target).length;
  for (const relation of relations) {
    if (!Object.hasOwn(INVERSE, relation.rel))
      throw new AzureRefusal(
        400,
        'WorkItemLinkTypeNotFoundException',
        `TF201015: The link type ${relation.rel} does not exist.`,
      );
    if (has(relation, before) > 0 && has(relation, relations) === 1) continue;
    items.item(relation.target);
    if (relation.target === id) refuse('TF201035', 'they are the same');
    if (has(relation, relations) > 1)
      throw new AzureRefusal(400, 'RelationAlreadyExistsException', 'VS402329: Relation already exists.');
  }
  if (relations.filter(({ rel }) => rel === PARENT).length > 1)
    refuse('TF201036', 'a work item can have only one Parent link');
  for (const relation of relations) {
    const { rel, target } = relation;
    if (has(relation, before) > 0) continue;
    if (rel === PARENT && isAbove(items, id, target)) refuse('TF201035', 'it would make a circle');
    if (rel !== CHILD) continue;
    if (items.relationsOf(target).some((one) => one.rel === PARENT))
      refuse('TF201036', 'a work item can have only one Parent link');
    if (isAbove(items, target, id)) refuse('TF201035', 'it would make a circle');
  }
}

function refuse(code: string, why: string): never {
  throw new AzureRefusal(
    400,
    'WorkItemLinkInvalidException',
    `${code}: You cannot add the link between the two work items: ${why}.`,
  );
}

/** Whether `id` is `below` or above it. */
function isAbove(items: LinkedItems, id: number, below: number): boolean {
  for (let at: number | undefined = below; at !== undefined; ) {
    if (at === id) return true;
    at = items.relationsOf(at).find(({ rel }) => rel === PARENT)?.target;
  }
  return false;
}
