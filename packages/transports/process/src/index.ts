export { assertArguments, MAX_ARGUMENT_BYTES, MAX_ARGUMENTS_BYTES, option, positional } from './arguments.ts';
export { cleanedText } from './cleaned-text.ts';
export { COMMAND_ERROR_CODES, type CommandErrorCode } from './command-error.ts';
export {
  type CommandFailure,
  type ProcessCall,
  ProcessClient,
  type ProcessClientOptions,
} from './process-client.ts';
export {
  type Command,
  type CommandResult,
  createProcessRunner,
  type ProcessRunnerOptions,
} from './process-runner.ts';
export {
  type ActorWords,
  type CommandScope,
  runnerFor,
  type ScopedRunner,
  scopedRunner,
  scopeName,
} from './scoped-runner.ts';
export { withTemporaryFile } from './temporary-file.ts';
export type { After } from './timers.ts';
