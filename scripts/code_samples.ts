import { z } from 'zod'

/** How to call an operation, in one language. */
export interface CodeSample {
  readonly lang: string
  readonly label: string
  readonly source: string
}

const operationSchema = z.object({
  security: z.array(z.record(z.string(), z.unknown())).optional(),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional() }))
    .default([]),
  requestBody: z
    .object({
      content: z.record(z.string(), z.object({ schema: z.unknown().optional(), example: z.unknown().optional() })),
    })
    .optional(),
})

const schemaSchema = z.looseObject({
  example: z.unknown().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  items: z.unknown().optional(),
})

/** Samples for `x-codeSamples`: curl, and the official client. @param operation as it stands in the document */
export function codeSamples(method: string, path: string, operation: unknown): CodeSample[] {
  const { security = [], parameters, requestBody } = operationSchema.parse(operation)
  const json = requestBody?.content['application/json']
  const body = json ? (json.example ?? exampleOf(json.schema)) : undefined
  const address = path.replace(/\{(\w+)\}/g, (_whole, name: string) => `<${name}>`)
  const headers = [
    ...(security.some((way) => 'user' in way) ? ['authorization: Bearer $ACCESS_TOKEN'] : []),
    ...(security.some((way) => 'secretKey' in way) ? ['apikey: $SECRET_KEY'] : []),
    ...(parameters.some(({ name }) => name.toLowerCase() === 'idempotency-key') ? ['idempotency-key: $(uuidgen)'] : []),
    ...(body === undefined ? [] : ['content-type: application/json']),
  ]
  const curl = [
    `curl -X ${method.toUpperCase()} "$ATRIUM_URL/functions/v1${address}"`,
    ...headers.map((header) => `  -H "${header}"`),
    ...(body === undefined ? [] : [`  -d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`]),
  ].join(' \\\n')
  const options = [
    `method: '${method.toUpperCase()}'`,
    ...(body === undefined ? [] : [`body: ${JSON.stringify(body)}`]),
  ]
  const client = [
    `const { data, error } = await supabase.functions.invoke('${address.slice(1)}', {`,
    ...options.map((option) => `  ${option},`),
    '})',
  ].join('\n')
  return [
    { lang: 'bash', label: 'curl', source: curl },
    { lang: 'typescript', label: 'supabase-js', source: client },
  ]
}

/** A value that fits a schema roughly: enough to see what is sent. */
function exampleOf(schema: unknown): unknown {
  const parsed = schemaSchema.safeParse(schema)
  if (!parsed.success) return {}
  const { example, default: standard, enum: values, type, format, properties, required, items } = parsed.data
  const given = example ?? standard ?? values?.[0]
  if (given !== undefined) return given
  const kind = Array.isArray(type) ? type[0] : type
  switch (kind) {
    case 'string':
      return format === 'uuid'
        ? '7d2f6a52-6d5f-4d8c-9a55-0c8a2f3b1c11'
        : format === 'email'
          ? 'ann@example.com'
          : 'text'
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return true
    case 'array':
      return [exampleOf(items)]
    default:
      return Object.fromEntries(
        Object.entries(properties ?? {})
          .filter(([name]) => required.includes(name))
          .map(([name, property]) => [name, exampleOf(property)]),
      )
  }
}
