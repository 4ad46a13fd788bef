/** Bottom of each domain's chain of base types; a type that is no domain is its own bottom. */
const domainBottoms = `
  domain_chain as (
    select oid as type, oid as bottom, typbasetype as below from pg_type
    union all
    select domain_chain.type, base.oid, base.typbasetype
    from domain_chain join pg_type base on base.oid = domain_chain.below
  ),
  domain_bottoms as (select type, bottom from domain_chain where below = 0)`

/**
 * Tables and views with their columns ($1: schemas whose columns are needed) and primary keys. What is gathered by table
 * is materialized: a planner without statistics, as after a restore, would gather it again for each schema.
 */
export const tablesSql = `
with recursive ${domainBottoms},
  column_rows as materialized (
    select a.attrelid as relation, json_agg(json_build_object(
      'name', a.attname,
      'description', col_description(a.attrelid, a.attnum),
      'nullable', not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)),
      'type', case
        when t.typtype = 'd' and bottom.typnamespace = 'pg_catalog'::regnamespace then format_type(bottom.oid, null)
        when t.typtype <> 'd' and t.typnamespace = 'pg_catalog'::regnamespace then format_type(a.atttypid, null)
        else format_type(a.atttypid, a.atttypmod)
      end,
      'nominalType', format_type(a.atttypid, a.atttypmod),
      'maxLength', information_schema._pg_char_max_length(
        information_schema._pg_truetypid(a, t), information_schema._pg_truetypmod(a, t)),
      'default', case
        when t.typbasetype <> 0 and d.adbin is null then pg_get_expr(t.typdefaultbin, 0)
        when a.attidentity = 'd' then
          (select format('nextval(%L)', s.objid::regclass) from pg_depend s
           where s.refobjid = a.attrelid and s.refobjsubid = a.attnum and s.deptype = 'i' limit 1)
        when a.attgenerated <> '' then null
        else pg_get_expr(d.adbin, d.adrelid)
      end,
      'enumValues', coalesce(
        (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = bottom.oid), '[]')
    ) order by a.attnum) as columns
    from pg_attribute a
      join pg_class c on c.oid = a.attrelid
      join pg_type t on t.oid = a.atttypid
      join domain_bottoms db on db.type = t.oid
      join pg_type bottom on bottom.oid = db.bottom
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped
      and c.relkind in ('r', 'v', 'f', 'm', 'p')
      and c.relnamespace in (select oid from pg_namespace where nspname = any ($1))
    group by a.attrelid
  ),
  primary_keys as materialized (
    select con.conrelid as relation, json_agg(a.attname order by a.attname) as columns
    from pg_constraint con
      join pg_attribute a on a.attrelid = con.conrelid and a.attnum = any (con.conkey)
    where con.contype = 'p'
    group by con.conrelid
  )
select n.nspname as schema, c.relname as name, obj_description(c.oid, 'pg_class') as description,
  c.relkind in ('v', 'm') as "isView",
  c.relkind in ('r', 'p') or (c.relkind in ('v', 'f') and events & 8 = 8) as insertable,
  c.relkind in ('r', 'p') or (c.relkind in ('v', 'f') and events & 4 = 4) as updatable,
  c.relkind in ('r', 'p') or (c.relkind in ('v', 'f') and events & 16 = 16) as deletable,
  coalesce(primary_keys.columns, '[]') as "keyColumns",
  coalesce(column_rows.columns, '[]') as columns
from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  -- Bits: 4 update, 8 insert, 16 delete; triggers count.
  cross join lateral (
    select case when c.relkind in ('v', 'f') then pg_relation_is_updatable(c.oid, true) else 0 end as events
  ) updatable
  left join column_rows on column_rows.relation = c.oid
  left join primary_keys on primary_keys.relation = c.oid
where c.relkind in ('r', 'v', 'f', 'm', 'p') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and not pg_is_other_temp_schema(n.oid)
order by n.nspname, c.relname`

/** Foreign keys; a partition repeats its parent's and is left out. */
export const foreignKeysSql = `
select tn.nspname as "tableSchema", t.relname as "tableName", rn.nspname as "targetSchema", r.relname as "targetName",
  con.conrelid = con.confrelid as "isSelf", con.conname as constraint, pairs.columns,
  exists (
    select from pg_constraint u
    where u.conrelid = con.conrelid and u.contype in ('p', 'u')
      and u.conkey @> con.conkey and u.conkey <@ con.conkey
  ) as "isUnique"
from pg_constraint con
  join pg_class t on t.oid = con.conrelid
  join pg_namespace tn on tn.oid = t.relnamespace
  join pg_class r on r.oid = con.confrelid
  join pg_namespace rn on rn.oid = r.relnamespace
  cross join lateral (
    select json_agg(json_build_array(own.attname, other.attname) order by position) as columns
    from unnest(con.conkey, con.confkey) with ordinality as k (own_number, other_number, position)
      join pg_attribute own on own.attrelid = con.conrelid and own.attnum = own_number
      join pg_attribute other on other.attrelid = con.confrelid and other.attnum = other_number
  ) pairs
where con.contype = 'f' and con.conparentid = 0
order by con.conrelid, con.conname`

/** Parse trees of the views in the schemas $1, with the names of their columns by number. */
export const viewsSql = `
select c.oid::int8::text as oid, n.nspname as schema, c.relname as name, w.ev_action::text as tree,
  (select json_object_agg(a.attnum, a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns
from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_rewrite w on w.ev_class = c.oid and w.ev_type = '1'
where c.relkind in ('v', 'm') and n.nspname = any ($1)
order by n.nspname, c.relname`

/** Primary and foreign keys with the numbers and names of their columns, for finding them through views. */
export const keysSql = `
select con.contype::text as type, con.conname as constraint,
  con.conrelid::int8::text as relation, tn.nspname as schema, t.relname as name,
  (select json_agg(json_build_array(k.number, a.attname) order by k.position)
   from unnest(con.conkey) with ordinality as k (number, position)
     join pg_attribute a on a.attrelid = con.conrelid and a.attnum = k.number) as columns,
  con.confrelid::int8::text as "targetRelation", rn.nspname as "targetSchema", r.relname as "targetName",
  (select json_agg(json_build_array(k.number, a.attname) order by k.position)
   from unnest(con.confkey) with ordinality as k (number, position)
     join pg_attribute a on a.attrelid = con.confrelid and a.attnum = k.number) as "targetColumns"
from pg_constraint con
  join pg_class t on t.oid = con.conrelid
  join pg_namespace tn on tn.oid = t.relnamespace
  left join pg_class r on r.oid = con.confrelid
  left join pg_namespace rn on rn.oid = r.relnamespace
where con.contype in ('p', 'f')`

const parameterRows = `
  parameter_rows as (
    select p.oid as function,
      json_agg(json_build_object(
        'name', coalesce(input.name, ''),
        'type', input.type::regtype::text,
        -- A length would cut or pad what is passed.
        'castType', case input.type
          when 'bit'::regtype then 'bit varying'
          when 'bit[]'::regtype then 'bit varying[]'
          when 'character'::regtype then 'character varying'
          when 'character[]'::regtype then 'character varying[]'
          else input.type::regtype::text
        end,
        'required', input.position <= p.pronargs - p.pronargdefaults,
        'variadic', coalesce(input.mode = 'v', false)
      ) order by input.position) as parameters,
      count(*) - count(nullif(input.name, '')) as unnamed,
      (array_agg(input.type order by input.position))[1] as first_type,
      count(*) as total
    from pg_proc p
      cross join lateral unnest(p.proargnames, p.proargtypes::oid[], p.proargmodes::text[])
        with ordinality as input (name, type, mode, position)
    where input.type is not null and p.pronamespace in (select oid from pg_namespace where nspname = any ($1))
    group by p.oid
  )`

/** Callable functions of the schemas $1. $2: whether only those that the current role may execute. */
export const routinesSql = `
with recursive ${domainBottoms}, ${parameterRows}
select n.nspname as schema, p.proname as name, obj_description(p.oid, 'pg_proc') as description,
  coalesce(parameter_rows.parameters, '[]') as parameters,
  json_build_object(
    'schema', rn.nspname,
    'name', coalesce(rc.relname, rt.typname),
    'set', p.proretset,
    'composite', rt.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false)
  ) as returns,
  case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end as volatility,
  p.provariadic > 0 as "hasVariadic",
  coalesce(to_json(p.proconfig), '[]') as config
from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  join domain_bottoms db on db.type = p.prorettype
  join pg_type rt on rt.oid = db.bottom
  join pg_namespace rn on rn.oid = rt.typnamespace
  left join pg_class rc on rc.oid = rt.typrelid
  left join parameter_rows on parameter_rows.function = p.oid
where p.prokind = 'f' and rt.oid <> 'trigger'::regtype and n.nspname = any ($1)
  and (not $2 or has_function_privilege(p.oid, 'execute'))
  -- At most one unnamed parameter, and only of a type that takes a whole body.
  and (coalesce(parameter_rows.unnamed, 0) = 0
    or (parameter_rows.unnamed = 1 and parameter_rows.first_type in
      ('bytea'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text'::regtype, 'xml'::regtype)))
order by n.nspname, p.proname, p.oid`

/** Functions from one row to rows of another relation. */
export const computedRelationshipsSql = `
select fn.nspname as "functionSchema", p.proname as "functionName",
  an.nspname as "tableSchema", at.typname as "tableName",
  rn.nspname as "targetSchema", rt.typname as "targetName",
  not p.proretset or p.prorows = 1 as "toOne"
from pg_proc p
  join pg_namespace fn on fn.oid = p.pronamespace
  join pg_type at on at.oid = p.proargtypes[0]
  join pg_namespace an on an.oid = at.typnamespace
  join pg_class ac on ac.oid = at.typrelid
  join pg_type rt on rt.oid = p.prorettype
  join pg_namespace rn on rn.oid = rt.typnamespace
  join pg_class rc on rc.oid = rt.typrelid
where p.pronargs = 1
  and ac.relkind in ('r', 'v', 'f', 'm', 'p') and rc.relkind in ('r', 'v', 'f', 'm', 'p')`

/** Implicit casts by function between domains and json or text. */
export const representationsSql = `
select c.castsource::regtype::text as source, c.casttarget::regtype::text as target, c.castfunc::regproc::text as function
from pg_cast c
  join pg_type source on source.oid = c.castsource
  join pg_type target on target.oid = c.casttarget
where c.castcontext = 'i' and c.castmethod = 'f' and has_function_privilege(c.castfunc, 'execute')
  and ((source.typtype = 'd' and target.oid in ('json'::regtype, 'text'::regtype))
    or (target.typtype = 'd' and source.oid in ('json'::regtype, 'text'::regtype)))`

/** Aggregates over rows, and functions, that return a domain named like a media type. $1: schemas. */
export const mediaHandlersSql = `
with media_types as (
  select oid, typname, typnamespace from pg_type
  where typtype = 'd' and (typname ~* '^[a-z0-9.-]+/[a-z0-9.+-]+$' or typname = '*/*')
)
select n.nspname as "functionSchema", p.proname as "functionName", an.nspname as "targetSchema",
  at.typname as "targetName", m.typname as "mediaType"
from media_types m
  join pg_proc p on p.prorettype = m.oid and p.prokind = 'a' and p.pronargs = 1
  join pg_namespace n on n.oid = p.pronamespace
  join pg_type at on at.oid = p.proargtypes[0]
  join pg_namespace an on an.oid = at.typnamespace
  left join pg_class ac on ac.oid = at.typrelid
where n.nspname = any ($1) and (at.typname = 'anyelement' or ac.relkind in ('r', 'v', 'f', 'm', 'p'))
union all
select mn.nspname, m.typname, n.nspname, p.proname, m.typname
from media_types m
  join pg_namespace mn on mn.oid = m.typnamespace
  join pg_proc p on p.prorettype = m.oid and p.prokind = 'f' and not p.proretset
  join pg_namespace n on n.oid = p.pronamespace
where n.nspname = any ($1)`

/** Names that the \`timezone\` preference accepts. */
export const timezonesSql = 'select name from pg_timezone_names'
