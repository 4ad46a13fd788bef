import { z } from 'zod'

/** The fields that templates of a kind may name: the JSON Schema of its data. */
export interface MergeFields {
  readonly type?: string | readonly string[] | undefined
  readonly properties?: Readonly<Record<string, MergeFields>> | undefined
  readonly items?: MergeFields | undefined
  readonly anyOf?: readonly MergeFields[] | undefined
  readonly description?: string | undefined
}

const mergeFieldsSchema: z.ZodType<MergeFields> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    properties: z.record(z.string(), mergeFieldsSchema).optional(),
    items: mergeFieldsSchema.optional(),
    anyOf: z.array(mergeFieldsSchema).optional(),
    description: z.string().optional(),
  }),
)

/** What Liquid itself knows of any list or text. */
const ownProperties = ['size', 'first', 'last']

/** The fields that data of a schema has. */
export function mergeFieldsOf(schema: z.ZodType): MergeFields {
  return mergeFieldsSchema.parse(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }))
}

/** Whether a path leads to a field. @param path names; null stands for an index */
export function isKnownField(fields: MergeFields, path: readonly (string | null)[]): boolean {
  const [name, ...rest] = path
  if (name === undefined) return true
  const choices = fields.anyOf ?? [fields]
  return choices.some((choice) => {
    if (choice.anyOf) return isKnownField(choice, path)
    const own = name === null ? undefined : choice.properties?.[name]
    if (own) return isKnownField(own, rest)
    if (name === 'size') return rest.length === 0 && (choice.items !== undefined || hasType(choice, 'string'))
    if (choice.items && (name === null || ownProperties.includes(name))) return isKnownField(choice.items, rest)
    return false
  })
}

function hasType({ type }: MergeFields, name: string): boolean {
  return typeof type === 'string' ? type === name : (type?.includes(name) ?? false)
}

/** Every field by its path, lists as `rows[]`, for who writes templates. */
export function listFields(fields: MergeFields, prefix = ''): { path: string; description: string | null }[] {
  return (fields.anyOf ?? [fields]).flatMap((choice) => {
    if (choice.anyOf) return listFields(choice, prefix)
    if (choice.items) return listFields(choice.items, `${prefix}[]`)
    if (choice.properties) {
      return Object.entries(choice.properties).flatMap(([name, field]) =>
        listFields(field, prefix ? `${prefix}.${name}` : name),
      )
    }
    return choice.type === 'null' || prefix === '' ? [] : [{ path: prefix, description: choice.description ?? null }]
  })
}
