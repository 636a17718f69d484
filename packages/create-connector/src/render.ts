import { type Answers, spellings } from './answers.ts';

/** The ranges of versions that a new package asks for, by their names in the template. */
export type Ranges = Readonly<Record<string, string>>;

const TEMPLATE = /\{\{(\w+)\}\}|SAMPLE|Sample|sample/g;

/** The text of one file: `Sample` in its spellings is the tracker, `{{…}}` a value. @throws TypeError for a value that is not known. */
export function render(text: string, answers: Answers, ranges: Ranges): string {
  const { name, category, transport, packageName } = answers;
  const { pascal, constant, display } = spellings(name);
  const values: Ranges = {
    ...ranges,
    category,
    packageName,
    displayName: display,
    transportPackage: `@spec-kitty/tracker-${transport}`,
    transportRange: ranges[`${transport}Range`] ?? '',
  };
  return text.replace(TEMPLATE, (found, key?: string) => {
    if (key === undefined) return found === 'SAMPLE' ? constant : found === 'Sample' ? pascal : name;
    const value = values[key];
    if (value === undefined) throw new TypeError(`the template asks for ${key}, which is not known`);
    return value;
  });
}

/** Names that npm would leave out of this package, or that stand apart. */
const NAMES: Ranges = { gitignore: '.gitignore', 'readme.md': 'README.md' };

/** The path of a file in the new package, from its path in the template. */
export function pathOf(path: string): string {
  const plain = path.replace(/\.txt$/, '');
  return NAMES[plain] ?? plain;
}
