export const CATEGORIES = ['saas', 'local', 'reference'] as const;
export type Category = (typeof CATEGORIES)[number];
export const TRANSPORTS = ['http', 'process'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What a new package is made from. */
export interface Answers {
  /** The plugin's id: kebab-case, at most 64 characters. */
  name: string;
  category: Category;
  transport: Transport;
  /** The name of the npm package. */
  packageName: string;
}

/** What can be asked, in this order. */
export interface Question {
  name: 'name' | 'category' | 'transport' | 'package';
  text: string;
  /** What is taken where the answer is empty. */
  preset(known: Readonly<Record<string, string>>): string | undefined;
  /** Why an answer is none; undefined where it is one. */
  problem(answer: string): string | undefined;
}

const oneOf =
  (values: readonly string[]) =>
  (answer: string): string | undefined =>
    values.includes(answer) ? undefined : `expected one of ${values.join(', ')}`;

/** npm's rules for new packages, and no more than it needs of them. */
const PACKAGE = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

export const QUESTIONS: readonly Question[] = [
  {
    name: 'name',
    text: 'Name of the tracker, in kebab-case (redmine, my-tracker)',
    preset: () => undefined,
    problem: (answer) =>
      answer.length <= 64 && /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(answer)
        ? undefined
        : 'expected a name in kebab-case, at most 64 characters',
  },
  {
    name: 'category',
    text: 'Category: saas (a service), local (on this machine) or reference',
    preset: () => 'saas',
    problem: oneOf(CATEGORIES),
  },
  {
    name: 'transport',
    text: 'Transport: http (an API) or process (a command)',
    preset: ({ category }) => (category === 'local' ? 'process' : 'http'),
    problem: oneOf(TRANSPORTS),
  },
  {
    name: 'package',
    text: 'Name of the package',
    preset: ({ name }) => `spec-kitty-tracker-${name}`,
    problem: (answer) =>
      answer.length <= 214 && PACKAGE.test(answer) ? undefined : 'expected a name that npm takes',
  },
];

/** What was answered to each question, each without a problem. */
export function answersFrom(found: Readonly<Record<string, string>>): Answers {
  const { name = '', category, transport, package: packageName = '' } = found;
  return {
    name,
    category: CATEGORIES.find((one) => one === category) ?? 'saas',
    transport: TRANSPORTS.find((one) => one === transport) ?? 'http',
    packageName,
  };
}

/** How a name is written in its three other forms. */
export function spellings(name: string): { pascal: string; constant: string; display: string } {
  const words = name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return {
    pascal: words.join(''),
    constant: name.toUpperCase().replaceAll('-', '_'),
    display: words.join(' '),
  };
}
