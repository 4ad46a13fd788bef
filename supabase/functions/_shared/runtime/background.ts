/** What hosted functions have beside Deno; absent on the local host. */
interface EdgeRuntime {
  waitUntil(task: Promise<unknown>): void
}

function isEdgeRuntime(value: unknown): value is EdgeRuntime {
  return typeof value === 'object' && value !== null && 'waitUntil' in value && typeof value.waitUntil === 'function'
}

/** Whether this is a running function and not a test that imported one. */
export const isFunction: boolean = 'Deno' in globalThis

/**
 * Lets a task go on after the answer; the platform keeps the isolate for it where it can.
 *
 * @param task must not reject
 */
export function runInBackground(task: Promise<unknown>): void {
  const edge: unknown = Reflect.get(globalThis, 'EdgeRuntime')
  if (isEdgeRuntime(edge)) edge.waitUntil(task)
}
