// Starts a Postgres, commits a row, says so and waits to be killed: the crash tests run it as a process of its own.
import { silentLogger } from '../../local/logger.ts'
import { withConnection } from '../../local/postgres/database.ts'
import { startPostgres } from '../../local/postgres/server.ts'

const [dataFolder = '', port = ''] = process.argv.slice(2)
const server = await startPostgres({ dataFolder, port: Number(port), logger: silentLogger })
await withConnection(server.url(), (sql) =>
  sql.unsafe('create table acknowledged (id int); insert into acknowledged values (42)').simple(),
)
process.send?.('ready')
await new Promise(() => {
  setInterval(() => {}, 60_000)
})
