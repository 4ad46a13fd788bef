export { isFunction, runInBackground } from './background.ts'
export { type Clock, systemClock } from './clock.ts'
export { isConflict, repeatConflicts } from './conflicts.ts'
export { ConfigurationError, type Env, envVariables, readEnv } from './env.ts'
export { createLogger, type LogFields, type Logger, redact } from './logger.ts'
export { processorTime } from './processor_time.ts'
export { shutdownSignal } from './shutdown.ts'
export {
  platformVariables,
  type Reader,
  replacedVariables,
  type Variable,
  type VariableGroup,
  variableGroups,
} from './variables.ts'
