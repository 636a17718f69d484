import type { Rule, Violation } from '../workspace.ts';

// Spelled in pieces, so that this file keeps its own rule.
const REGISTRY = new RegExp(
  [
    String.raw`\bregistry\.[a-z0-9-]+\.(?:org|com|net|io|dev)\b`,
    String.raw`\bnpm\.pkg\.` + String.raw`github\.com\b`,
    String.raw`^@?[\w:/-]*registry\s*=`,
  ].join('|'),
  'im',
);
const MACHINE_PATH = new RegExp(
  String.raw`(?<![\w.:}\/-])\/(?:${['work', 'root', 'home', 'Users', 'tmp'].join('|')})\/[\w.-]|\b[A-Z]:\\Users\\`,
  'm',
);
const ANY_URL = /\w:\/\/\S/;

/** What is in git works on every machine: no package registry by name, no path of one machine. */
export const portableText: Rule = ({ files }) => {
  const violations: Violation[] = [];
  for (const [file, text] of files) {
    const patterns = { 'a package registry': REGISTRY, 'a path of one machine': MACHINE_PATH };
    for (const [what, pattern] of Object.entries(patterns)) {
      const found = pattern.exec(text);
      if (found) violations.push({ file, message: `line ${lineOf(text, found.index)} names ${what}` });
    }
    const url = file === 'pnpm-lock.yaml' ? ANY_URL.exec(text) : null;
    if (url)
      violations.push({ file, message: `line ${lineOf(text, url.index)} records where it was fetched` });
  }
  return violations;
};

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
