import {
  type CanonicalLink,
  type ExternalRef,
  type LinkType,
  refIdentity,
  sameRef,
} from '@spec-kitty/tracker-core';

/** How a relation reads from its other end. `duplicates` has no name there. */
const INVERSE: Partial<Record<LinkType, LinkType>> = {
  blocks: 'blocked_by',
  blocked_by: 'blocks',
  relates_to: 'relates_to',
};

export const linkIdentity = (link: CanonicalLink): string => `${link.type} ${refIdentity(link.target)}`;

export function hasLink(links: readonly CanonicalLink[], link: CanonicalLink): boolean {
  return links.some((held) => held.type === link.type && sameRef(held.target, link.target));
}

export function withoutLink(links: readonly CanonicalLink[], link: CanonicalLink): CanonicalLink[] {
  return links.filter((held) => held.type !== link.type || !sameRef(held.target, link.target));
}

/** The links of `a` that `b` does not hold. */
export function linksBeyond(a: readonly CanonicalLink[], b: readonly CanonicalLink[]): CanonicalLink[] {
  if (a.length === 0) return [];
  const held = new Set(b.map(linkIdentity));
  return a.filter((link) => !held.has(linkIdentity(link)));
}

/** The same relation as its target shows it, or undefined where the other end has no name for it. */
export function inverseLink(source: ExternalRef, link: CanonicalLink): CanonicalLink | undefined {
  const type = INVERSE[link.type];
  return type === undefined || sameRef(source, link.target) ? undefined : { type, target: { ...source } };
}
