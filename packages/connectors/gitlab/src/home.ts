import { DEFAULT_BASE_URL, type GitLabConfig, rootOf } from './config.ts';

/** The project under its number and its path, and how projects of this GitLab are called in refs. */
export class Home {
  /** As configured: refs keep it over a rename. */
  readonly workspace: string;
  /** Where the issues of the project are, under the API. */
  readonly issues: string;
  readonly #prefix: string;
  readonly #project: string;
  #id: number | undefined;
  #path: string | undefined;

  constructor({ projectId, baseUrl }: Pick<GitLabConfig, 'projectId' | 'baseUrl'>) {
    const root = rootOf({ baseUrl });
    this.#prefix = root === DEFAULT_BASE_URL ? '' : `${root.replace(/^https?:\/\//, '')}/`;
    this.#project = String(projectId);
    this.workspace = `${this.#prefix}${projectId}`;
    this.issues = `${this.project}/issues`;
    if (/^\d+$/.test(this.#project)) this.#id = Number(projectId);
    else this.#path = this.#project.toLowerCase();
  }

  /** For the API: the project itself. */
  get project(): string {
    return `/projects/${encodeURIComponent(this.#project)}`;
  }

  /** Whether its number is known: answers name projects by it. */
  get isKnown(): boolean {
    return this.#id !== undefined;
  }

  /** What GitLab calls the project now, as an issue of it tells. */
  learn(id: number, path: string | undefined): void {
    this.#id ??= id;
    if (path !== undefined && path !== '') this.#path = path.toLowerCase();
  }

  /** By its number where that is known, else by its path. */
  is({ id, path }: { id: number; path?: string | undefined }): boolean {
    return this.#id === undefined ? path?.toLowerCase() === this.#path : id === this.#id;
  }

  hasPath(path: string): boolean {
    return path.toLowerCase() === this.#path || path.toLowerCase() === this.#project.toLowerCase();
  }

  /** The workspace of an issue in the project of this number. */
  workspaceOf(id: number): string {
    return id === this.#id ? this.workspace : `${this.#prefix}${id}`;
  }

  /** The project of a workspace, as the API takes it; undefined for one of another GitLab. */
  projectOf(workspace: string): string | undefined {
    if (workspace === this.workspace) return String(this.#id ?? this.#project);
    const project = workspace.startsWith(this.#prefix) ? workspace.slice(this.#prefix.length) : undefined;
    return project !== undefined && /^(?:\d+|[\w-][\w.-]*(?:\/[\w.-]+)+)$/.test(project)
      ? project
      : undefined;
  }
}
