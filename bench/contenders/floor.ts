// The floor: a bare Node server that runs one fixed statement in the frame that every REST request needs. Nothing that
// parses, plans or checks anything can be faster on the same driver.
import { createServer } from 'node:http'
import postgres from 'postgres'

const {
  databaseUrl = '',
  port = '',
  claims = '',
  organization = '',
}: Record<string, string> = JSON.parse(process.argv[2] ?? '{}')
const poolSize = 10
const pool = await Promise.all(
  Array.from({ length: poolSize }, () => postgres(databaseUrl, { max: 1, onnotice: () => {} }).reserve()),
)
let next = 0

const statement = `
  select coalesce(json_agg(row_to_json(page)), '[]')::text as body
  from (
    select bench_items.id, bench_items.title, bench_items.amount_cents, bench_items.created_at,
      row_to_json(owner.*) as organizations
    from public.bench_items
    left join lateral (
      select organizations.id, organizations.name from public.organizations
      where organizations.id = bench_items.organization_id
    ) as owner on true
    where bench_items.organization_id = $1
    order by bench_items.created_at desc
    limit $2
  ) as page`

const server = createServer((_request, response) => {
  next = (next + 1) % poolSize
  const sql = pool[next]
  if (!sql) throw new Error('no connection')
  // Queued without waiting: one round trip, as a pipelining server does it.
  const frame = [
    sql`begin read only`,
    sql`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true),
      set_config('request.method', 'GET', true), set_config('request.path', '/bench_items', true),
      set_config('request.headers', '{}', true), set_config('search_path', '"public", "extensions"', true)`,
  ]
  const rows = sql.unsafe<{ body: string }[]>(statement, [organization, 10], { prepare: true })
  Promise.all([...frame, rows, sql`commit`]).then(
    async () => {
      const body = (await rows)[0]?.body ?? '[]'
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
    },
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
server.listen(Number(port), '127.0.0.1', () => process.send?.('ready'))
process.once('SIGTERM', () => process.exit(0))
