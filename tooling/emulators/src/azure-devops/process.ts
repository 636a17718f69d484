/** What a state means, whatever it is called: https://learn.microsoft.com/en-us/azure/devops/boards/work-items/workflow-and-state-categories */
export type StateCategory = 'Proposed' | 'InProgress' | 'Resolved' | 'Completed' | 'Removed';

export interface AzureState {
  name: string;
  category: StateCategory;
}

/** The types of a process with their states, the first of which is the one that an item begins in. */
export type AzureProcess = Readonly<Record<string, readonly AzureState[]>>;

const states = (...given: [string, StateCategory][]): AzureState[] =>
  given.map(([name, category]) => ({ name, category }));

const AGILE = (): AzureState[] =>
  states(
    ['New', 'Proposed'],
    ['Active', 'InProgress'],
    ['Resolved', 'Resolved'],
    ['Closed', 'Completed'],
    ['Removed', 'Removed'],
  );
const BASIC = (): AzureState[] =>
  states(['To Do', 'Proposed'], ['Doing', 'InProgress'], ['Done', 'Completed']);

/** https://learn.microsoft.com/en-us/azure/devops/boards/work-items/guidance/choose-process */
export const PROCESSES: Readonly<Record<'agile' | 'basic', AzureProcess>> = {
  agile: {
    Epic: AGILE(),
    Feature: AGILE(),
    'User Story': AGILE(),
    Task: states(
      ['New', 'Proposed'],
      ['Active', 'InProgress'],
      ['Closed', 'Completed'],
      ['Removed', 'Removed'],
    ),
    Bug: states(
      ['New', 'Proposed'],
      ['Active', 'InProgress'],
      ['Resolved', 'Resolved'],
      ['Closed', 'Completed'],
    ),
    Issue: states(['Active', 'InProgress'], ['Closed', 'Completed']),
  },
  basic: { Epic: BASIC(), Issue: BASIC(), Task: BASIC() },
};
