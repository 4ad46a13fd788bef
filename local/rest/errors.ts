/** One response header. */
export type Header = readonly [name: string, value: string]

/** The parts of an error that PostgREST's clients see. */
export interface RestErrorFields {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details?: unknown
  readonly hint?: string | null
  readonly headers?: readonly Header[]
  /** Reason phrase; Node's own text for the status when absent. */
  readonly statusText?: string
}

/** An error that is answered with a body of `code`, `message`, `details` and `hint`. */
export class RestError extends Error {
  readonly status: number
  readonly code: string
  readonly details: unknown
  readonly hint: string | null
  readonly headers: readonly Header[]
  readonly statusText: string | undefined

  constructor(fields: RestErrorFields) {
    super(fields.message)
    this.name = 'RestError'
    this.status = fields.status
    this.code = fields.code
    this.details = fields.details ?? null
    this.hint = fields.hint ?? null
    this.headers = fields.headers ?? []
    this.statusText = fields.statusText
  }

  /** The JSON body of the answer. */
  get body(): string {
    return JSON.stringify({ code: this.code, details: this.details, hint: this.hint, message: this.message })
  }

  /** The JSON body without details and hint. */
  get minimalBody(): string {
    return JSON.stringify({ code: this.code, message: this.message })
  }
}

const request = (status: number, code: string, message: string, details?: unknown, hint?: string): RestError =>
  new RestError({ status, code, message, details, hint: hint ?? null })

/** Errors of the request itself (`PGRST1xx`). */
export const requestErrors = {
  queryParam: (message: string, details: string) => request(400, 'PGRST100', message, details),
  rpcMethod: (method: string) => request(405, 'PGRST101', `Cannot use the ${method} method on RPC`),
  body: (message: string) => request(400, 'PGRST102', message),
  range: (details: string) => request(416, 'PGRST103', 'Requested range not satisfiable', details),
  putFilters: () =>
    request(405, 'PGRST105', "Filters must include all and only primary key columns with 'eq' operators"),
  schema: (schema: string, exposed: readonly string[]) =>
    request(
      406,
      'PGRST106',
      `Invalid schema: ${schema}`,
      null,
      `Only the following schemas are exposed: ${exposed.join(', ')}`,
    ),
  notEmbeddedByName: (name: string, alias: string) =>
    request(
      400,
      'PGRST108',
      `'${name}' is not an embedded resource in this request`,
      'Target names are not allowed in filters if they have an alias',
      `Change '${name}' to '${alias}' in filters, orders or limits.`,
    ),
  mediaType: (accepted: readonly string[]) =>
    request(406, 'PGRST107', `None of these media types are available: ${accepted.join(', ')}`),
  notEmbedded: (name: string) =>
    request(
      400,
      'PGRST108',
      `'${name}' is not an embedded resource in this request`,
      null,
      `Verify that '${name}' is included in the 'select' query parameter.`,
    ),
  gucHeaders: () =>
    request(
      500,
      'PGRST111',
      'response.headers guc must be a JSON array composed of objects with a single key and a string value',
    ),
  gucStatus: () => request(500, 'PGRST112', 'response.status guc must be a valid status code'),
  putLimit: () => request(400, 'PGRST114', 'limit/offset querystring parameters are not allowed for PUT'),
  putKey: () => request(400, 'PGRST115', 'Payload values do not match URL in primary key column(s)'),
  singular: (rows: number) =>
    request(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', `The result contains ${rows} rows`),
  method: (method: string) => request(405, 'PGRST117', `Unsupported HTTP method: ${method}`),
  relatedOrder: (origin: string, target: string) =>
    request(
      400,
      'PGRST118',
      `A related order on '${target}' is not possible`,
      `'${origin}' and '${target}' do not form a many-to-one or one-to-one relationship`,
    ),
  raise: (details: string, hint: string) =>
    request(500, 'PGRST121', 'Could not parse JSON in the "RAISE SQLSTATE \'PGRST\'" error', details, hint),
  preferences: (invalid: readonly string[]) =>
    request(
      400,
      'PGRST122',
      'Invalid preferences given with handling=strict',
      `Invalid preferences: ${invalid.join(', ')}`,
    ),
  aggregates: () => request(400, 'PGRST123', 'Use of aggregate functions is not allowed'),
  maxAffected: (rows: number) =>
    request(
      400,
      'PGRST124',
      'Query result exceeds max-affected preference constraint',
      `The query affects ${rows} rows`,
    ),
  path: () => request(404, 'PGRST125', 'Invalid path specified in request URL'),
  rootDisabled: () => request(404, 'PGRST126', 'Root endpoint metadata is disabled'),
  unsupported: (details: string) => request(400, 'PGRST127', 'Feature not implemented', details),
  maxAffectedRpc: () =>
    request(
      400,
      'PGRST128',
      'Function must return SETOF or TABLE when max-affected preference is used with handling=strict',
    ),
  tooLarge: (limit: number) =>
    request(413, 'PGRST102', 'Request body too large', `The body may have at most ${limit} bytes`),
} as const

/** Errors of the connection (`PGRST0xx`). */
export const connectionErrors = {
  connect: (details: string | null) =>
    new RestError({ status: 503, code: 'PGRST000', message: 'Database connection error.', details }),
  lost: (details: string | null) =>
    new RestError({
      status: 503,
      code: 'PGRST001',
      message: 'Database client error. Retrying the connection.',
      details,
    }),
  noSchemaCache: () =>
    new RestError({
      status: 503,
      code: 'PGRST002',
      message: 'Could not query the database for the schema cache. Retrying.',
    }),
  poolTimeout: () =>
    new RestError({
      status: 504,
      code: 'PGRST003',
      message: 'Timed out acquiring connection from connection pool.',
    }),
} as const

const token = (code: string, message: string, details: string | null = null): RestError =>
  new RestError({
    status: 401,
    code,
    message,
    details,
    headers: [['WWW-Authenticate', `Bearer error="invalid_token", error_description=${JSON.stringify(message)}`]],
  })

/** Errors of the access token (`PGRST3xx`). */
export const tokenErrors = {
  decode: (message: string, details: string | null = null) => token('PGRST301', message, details),
  claims: (message: string) => token('PGRST303', message),
  required: () =>
    new RestError({
      status: 401,
      code: 'PGRST302',
      message: 'Anonymous access is disabled',
      headers: [['WWW-Authenticate', 'Bearer']],
    }),
} as const
