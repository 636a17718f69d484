import type { CallOptions } from '@spec-kitty/tracker-core';
import { ConnectionSchema, type RawItem, TypesSchema } from './answers.ts';
import type { AzureDevOpsClient } from './client.ts';
import type { AzureDevOpsConfig } from './config.ts';
import { Vocabulary } from './vocabulary.ts';

/** What is asked for once and kept. */
export class LookUps {
  readonly #client: AzureDevOpsClient;
  readonly #config: AzureDevOpsConfig;
  #vocabulary: Promise<Vocabulary> | undefined;
  #viewer: Promise<string> | undefined;

  constructor(client: AzureDevOpsClient, config: AzureDevOpsConfig) {
    this.#client = client;
    this.#config = config;
  }

  /** The types of the project with their states. */
  async vocabulary(options: CallOptions): Promise<Vocabulary> {
    this.#vocabulary ??= this.#types(options);
    try {
      return await this.#vocabulary;
    } catch (error) {
      // The next call asks again.
      this.#vocabulary = undefined;
      throw error;
    }
  }

  /** Who made what we made: nobody has to be asked then. */
  learn({ fields }: RawItem): void {
    this.#viewer = Promise.resolve(fields['System.CreatedBy'].id);
  }

  /** The id of whose token it is. */
  async viewer(options: CallOptions): Promise<string> {
    const asked = this.#viewer ?? this.#connection(options);
    this.#viewer = asked;
    try {
      return await asked;
    } catch (error) {
      if (this.#viewer === asked) this.#viewer = undefined;
      throw error;
    }
  }

  async #types(options: CallOptions): Promise<Vocabulary> {
    const { value } = await this.#client.wit(TypesSchema, 'GET', 'workitemtypes', options);
    return new Vocabulary(this.#config, value);
  }

  /** What the command line of Azure DevOps asks, too; the description of the API leaves it out. */
  async #connection(options: CallOptions): Promise<string> {
    const query = { 'api-version': '7.1-preview.1' };
    const { authenticatedUser } = await this.#client.organization(ConnectionSchema, 'connectionData', {
      ...options,
      query,
    });
    return authenticatedUser.id;
  }
}
