export { type App, type AppEnv, createApp } from './app.ts'
export { AppError, type FieldProblem } from './app_error.ts'
export { internalCaller } from './internal_caller.ts'
export { errorAnswers, errorSchema } from './openapi.ts'
