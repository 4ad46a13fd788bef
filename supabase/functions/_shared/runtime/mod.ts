export { type Clock, systemClock } from './clock.ts'
export { ConfigurationError, type Env, readEnv } from './env.ts'
export { createLogger, type LogFields, type Logger } from './logger.ts'
export { shutdownSignal } from './shutdown.ts'
