import {
  createGithubEmulator,
  createGitlabEmulator,
  type Emulator,
  githubPerson,
  type LoggedRequest,
  serve,
  VirtualTime,
} from '@spec-kitty/tooling-emulators';

/** A place at a tracker that one binding is about. */
export interface FarmPlace {
  tenant: string;
  name: string;
  /** Which emulator answers for it; as whom it is asked, too. */
  credential: string;
  connector: 'gitlab' | 'github';
  options: Record<string, string>;
}

export interface FarmOptions {
  /** Credentials of GitLab, each with so many projects. */
  gitlab: { credentials: number; projects: number };
  /** Repositories of GitHub, each with a credential of its own. */
  github: { repositories: number };
  /** What each request takes. Default 0. */
  latencyMs?: number;
}

/** By this header a worker says which emulator it means. */
export const FARM_HEADER = 'x-farm-credential';

/** Emulators of two vendors behind one port, in the time of the clock on the wall. */
export interface Farm extends AsyncDisposable {
  url: string;
  places: FarmPlace[];
  /** A person creates an issue there. */
  create(place: FarmPlace, title: string): void;
  /** A person gives the issue of this title another one. */
  rename(place: FarmPlace, title: string, to: string): void;
  titles(place: FarmPlace): string[];
  requests(): LoggedRequest[];
}

interface Field {
  emulator: Emulator;
  create(place: FarmPlace, title: string): void;
  rename(place: FarmPlace, title: string, to: string): void;
  titles(place: FarmPlace): string[];
}

export async function openFarm({ gitlab, github, latencyMs = 0 }: FarmOptions): Promise<Farm> {
  const time = new VirtualTime(new Date().toISOString());
  const fields = new Map<string, Field>();
  const places: FarmPlace[] = [];
  for (let index = 0; index < gitlab.credentials; index += 1) {
    const credential = `gitlab-${index}`;
    const projects = Array.from({ length: gitlab.projects }, (_, number) => ({
      id: 100 + number,
      path: `acme/project-${number}`,
    }));
    const [first, ...others] = projects;
    if (!first) continue;
    fields.set(credential, gitlabField(time, [first, ...others]));
    for (const { id, path } of projects)
      places.push({
        tenant: credential,
        name: path,
        credential,
        connector: 'gitlab',
        options: { projectId: String(id), token: 'glpat-emulated' },
      });
  }
  for (let index = 0; index < github.repositories; index += 1) {
    const credential = `github-${index}`;
    fields.set(credential, githubField(time));
    places.push({
      tenant: `github-${index % 10}`,
      name: credential,
      credential,
      connector: 'github',
      options: { owner: 'acme', repo: 'shop', token: 'ghp_emulated' },
    });
  }
  const fieldOf = (credential: string): Field => {
    const field = fields.get(credential);
    if (!field) throw new RangeError(`nothing answers for ${credential}`);
    return field;
  };
  const served = await serve({
    fetch: async (input, init) => {
      const request = new Request(input, init);
      if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
      time.advance(Date.now() - time.ms);
      return await fieldOf(request.headers.get(FARM_HEADER) ?? '').emulator.fetch(request);
    },
  });
  const now = (): void => time.advance(Date.now() - time.ms);
  return {
    url: served.url,
    places,
    create(place, title) {
      now();
      fieldOf(place.credential).create(place, title);
    },
    rename(place, title, to) {
      now();
      fieldOf(place.credential).rename(place, title, to);
    },
    titles: (place) => fieldOf(place.credential).titles(place).sort(),
    requests: () => [...fields.values()].flatMap(({ emulator }) => emulator.log.all),
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

function gitlabField(
  time: VirtualTime,
  projects: [{ id: number; path: string }, ...{ id: number; path: string }[]],
): Field {
  const emulator = createGitlabEmulator({ projects, time, latencyMs: 0 });
  const { state } = emulator;
  const idOf = ({ options }: FarmPlace): number => Number(options.projectId);
  const issuesOf = (place: FarmPlace): { id: number; title: string }[] =>
    [...state.issues.values()].filter(({ project }) => project === idOf(place));
  return {
    emulator,
    create(place, title) {
      state.create(
        'ada',
        { title },
        projects.find(({ id }) => id === idOf(place)),
      );
    },
    rename(place, title, to) {
      const issue = issuesOf(place).find((one) => one.title === title);
      if (issue) state.change(issue.id, { title: to });
    },
    titles: (place) => issuesOf(place).map(({ title }) => title),
  };
}

function githubField(time: VirtualTime): Field {
  const emulator = createGithubEmulator({ time, latencyMs: 0 });
  const person = githubPerson(emulator);
  const issues = (): { id: string; title: string }[] => [...emulator.state.issues.values()];
  return {
    emulator,
    create(_, title) {
      person.create({ title });
    },
    rename(_, title, to) {
      const issue = issues().find((one) => one.title === title);
      if (issue) person.edit(issue.id, { title: to });
    },
    titles: () => issues().map(({ title }) => title),
  };
}
