import type { Sql } from 'postgres'
import type { Logger } from '../logger.ts'
import type { Claims } from '../service.ts'
import { type ClaimPath, parseClaimPath } from './claims.ts'
import { parseIsolation } from './schema_cache/load.ts'
import type { Isolation, Qualified } from './schema_cache/types.ts'

/** How transactions end, and whether `Prefer: tx=` may decide otherwise. */
export type TransactionEnd = 'commit' | 'commit-allow-override' | 'rollback' | 'rollback-allow-override'

/** What the root document describes. */
export interface OpenApiOptions {
  readonly mode: 'follow-privileges' | 'ignore-privileges' | 'disabled'
  readonly securityActive: boolean
  /** URL under which clients reach the service. */
  readonly proxyUri: string | null
}

/** Settings of the service. */
export interface RestOptions {
  /** Connection string of the `authenticator` login role. */
  readonly databaseUrl: string
  /** Exposed schemas; the first is the default. */
  readonly schemas: readonly string[]
  readonly extraSearchPath: readonly string[]
  /** Most rows that one answer holds. */
  readonly maxRows: number | null
  /** Role of requests without a token; null refuses them. */
  readonly anonRole: string | null
  /** Function that runs at the start of each transaction. */
  readonly preRequest: string | null
  readonly aggregatesEnabled: boolean
  /** Whether clients may ask for execution plans. */
  readonly planEnabled: boolean
  readonly txEnd: TransactionEnd
  /** Function that answers the root path. */
  readonly rootSpec?: string | null
  readonly openApi?: OpenApiOptions
  readonly poolSize: number
  /** How long a request waits for a connection; 10 s by default. */
  readonly poolTimeoutMs?: number
  /** Whether settings of the login role (`alter role authenticator set pgrst.…`) override these options. */
  readonly useDatabaseConfig: boolean
  /** Custom settings that each transaction gets, as `app.settings.<name>`. */
  readonly appSettings?: Readonly<Record<string, string>>
  readonly serverTimingEnabled?: boolean
  /** Where in the claims the role stands, such as `.role`. */
  readonly roleClaim?: string
  /** Whether filters may address an embed that has an alias by its name too; such answers carry a warning. */
  readonly urlUseLegacyTargetNames?: boolean
  /** `minimal` leaves details and hint out of errors. */
  readonly clientErrorVerbosity?: 'verbose' | 'minimal'
  /** Largest accepted body, in bytes. */
  readonly maxBodyBytes?: number
  /** Verifies an access token. @throws {TokenError} */
  verifyToken(token: string): Promise<Claims>
  readonly logger?: Logger
}

/** The settings in force, those of the database applied. */
export interface RestConfig {
  readonly schemas: readonly string[]
  readonly extraSearchPath: readonly string[]
  readonly maxRows: number | null
  readonly anonRole: string | null
  readonly preRequest: Qualified | null
  readonly aggregatesEnabled: boolean
  readonly planEnabled: boolean
  readonly txEnd: TransactionEnd
  readonly rootSpec: string | null
  readonly openApi: OpenApiOptions
  readonly roleClaim: ClaimPath
  readonly appSettings: readonly (readonly [name: string, value: string])[]
  readonly serverTimingEnabled: boolean
  readonly legacyTargetNames: boolean
  readonly minimalErrors: boolean
  /** Settings of each role that the login role may become. */
  readonly roles: ReadonlyMap<string, RoleSettings>
}

/** Settings that `alter role` gave to a role. */
export interface RoleSettings {
  readonly isolation: Isolation | null
  readonly settings: readonly (readonly [name: string, value: string])[]
}

/** The options alone, before anything is read from the database. */
export function initialConfig(options: RestOptions): RestConfig {
  return {
    schemas: options.schemas,
    extraSearchPath: options.extraSearchPath,
    maxRows: options.maxRows,
    anonRole: options.anonRole,
    preRequest: options.preRequest === null ? null : qualified(options.preRequest),
    aggregatesEnabled: options.aggregatesEnabled,
    planEnabled: options.planEnabled,
    txEnd: options.txEnd,
    rootSpec: options.rootSpec ? qualified(options.rootSpec).name : null,
    openApi: options.openApi ?? { mode: 'follow-privileges', securityActive: false, proxyUri: null },
    roleClaim: parseClaimPath(options.roleClaim ?? '.role'),
    appSettings: Object.entries(options.appSettings ?? {}).map(([name, value]) => [`app.settings.${name}`, value]),
    serverTimingEnabled: options.serverTimingEnabled ?? false,
    legacyTargetNames: options.urlUseLegacyTargetNames ?? true,
    minimalErrors: options.clientErrorVerbosity === 'minimal',
    roles: new Map(),
  }
}

/** Reads what the database says about the service and its roles. */
export async function loadConfig(sql: Sql, options: RestOptions): Promise<RestConfig> {
  const config = initialConfig(options)
  const roles = await readRoles(sql)
  if (!options.useDatabaseConfig) return { ...config, roles }
  const settings = new Map(
    (
      await sql<{ name: string; value: string }[]>`
      select distinct on (name) name, value
      from (
        select substr(setting, 7, strpos(setting, '=') - 7) as name,
          substr(setting, strpos(setting, '=') + 1) as value, setdatabase
        from pg_db_role_setting, unnest(setconfig) as setting
        where setrole = quote_ident(current_user)::regrole and setting like 'pgrst.%'
          and setdatabase in (0, (select oid from pg_database where datname = current_database()))
      ) settings
      order by name, setdatabase desc`
    ).map(({ name, value }) => [name, value]),
  )
  return { ...config, ...databaseConfig(config, settings), roles }
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
const flag = (text: string): boolean => ['true', 't', 'yes', 'on', '1'].includes(text.toLowerCase())
const ends: readonly string[] = ['commit', 'commit-allow-override', 'rollback', 'rollback-allow-override']
const isEnd = (text: string): text is TransactionEnd => ends.includes(text)
const modes: readonly string[] = ['follow-privileges', 'ignore-privileges', 'disabled']
const isMode = (text: string): text is OpenApiOptions['mode'] => modes.includes(text)

function databaseConfig(config: RestConfig, settings: ReadonlyMap<string, string>): Partial<RestConfig> {
  const when = <T>(name: string, read: (text: string) => T, otherwise: T): T => {
    const text = settings.get(name)
    return text === undefined ? otherwise : read(text)
  }
  const schemas = when('db_schemas', list, [...config.schemas])
  return {
    schemas: schemas.length > 0 ? schemas : config.schemas,
    extraSearchPath: when('db_extra_search_path', list, [...config.extraSearchPath]),
    maxRows: when('db_max_rows', (text) => (/^\d+$/.test(text) ? Number(text) : config.maxRows), config.maxRows),
    anonRole: when<string | null>('db_anon_role', (text) => text || null, config.anonRole),
    preRequest: when<Qualified | null>('db_pre_request', (text) => (text ? qualified(text) : null), config.preRequest),
    aggregatesEnabled: when('db_aggregates_enabled', flag, config.aggregatesEnabled),
    planEnabled: when('db_plan_enabled', flag, config.planEnabled),
    txEnd: when('db_tx_end', (text) => (isEnd(text) ? text : config.txEnd), config.txEnd),
    rootSpec: when<string | null>('db_root_spec', (text) => (text ? qualified(text).name : null), config.rootSpec),
    openApi: {
      mode: when('openapi_mode', (text) => (isMode(text) ? text : config.openApi.mode), config.openApi.mode),
      securityActive: when('openapi_security_active', flag, config.openApi.securityActive),
      proxyUri: when<string | null>('openapi_server_proxy_uri', (text) => text || null, config.openApi.proxyUri),
    },
    roleClaim: when('jwt_role_claim_key', parseClaimPath, config.roleClaim),
    serverTimingEnabled: when('server_timing_enabled', flag, config.serverTimingEnabled),
    legacyTargetNames: when('url_use_legacy_target_names', flag, config.legacyTargetNames),
    minimalErrors: when('client_error_verbosity', (text) => text === 'minimal', config.minimalErrors),
    appSettings: [...config.appSettings, ...[...settings].filter(([name]) => name.startsWith('app.settings.'))],
  }
}

function qualified(text: string): Qualified {
  const dot = text.indexOf('.')
  return dot < 0 ? { schema: '', name: text } : { schema: text.slice(0, dot), name: text.slice(dot + 1) }
}

async function readRoles(sql: Sql): Promise<Map<string, RoleSettings>> {
  const [version] = await sql<{ number: number }[]>`select current_setting('server_version_num')::int as number`
  // Since 15 a role can be granted to set what else only a superuser may.
  const granted = (version?.number ?? 0) >= 150000 ? sql`or has_parameter_privilege(known.name, 'set')` : sql``
  const rows = await sql<{ role: string; name: string; value: string }[]>`
    select r.rolname as role, kv.name, kv.value
    from pg_auth_members m
      join pg_roles r on r.oid = m.roleid
      cross join lateral (
        select split_part(setting, '=', 1) as name, substr(setting, strpos(setting, '=') + 1) as value
        from unnest(r.rolconfig) as setting
      ) kv
      join pg_settings known on known.name = kv.name and (known.context = 'user' ${granted})
    where m.member = quote_ident(current_user)::regrole`
  const roles = new Map<string, RoleSettings>()
  for (const { role, name, value } of rows) {
    const before = roles.get(role) ?? { isolation: null, settings: [] }
    roles.set(
      role,
      name === 'default_transaction_isolation'
        ? { ...before, isolation: parseIsolation(value) }
        : { ...before, settings: [...before.settings, [name, value]] },
    )
  }
  return roles
}
