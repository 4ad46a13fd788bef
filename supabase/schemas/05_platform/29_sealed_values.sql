-- Values that a dump, a backup or a reader of tables must not show, such as numbers of bank accounts and national ids.
-- docs/decisions/0005-sealed-values.md says why this and not Vault itself.

create domain private.sealed_text as text
  constraint sealed_text_is_sealed check (value ~ '^sealed\.[1-9][0-9]{0,8}\.([0-9a-f]{2}){64,}$');
comment on domain private.sealed_text is
  $$A value as private.seal_secret gives it: "sealed.<number of the key>.<IV, ciphertext and HMAC in hex>".

Columns of this type take no plain text, and private.reseal_secrets finds them by it. Their tables have an "id".$$;

create function private.sealed_context(relation regclass, column_name text, row_id uuid)
  returns text
  language plpgsql stable strict set search_path = ''
as $$
begin
  -- The empty search_path has the schema written out.
  return sealed_context.relation::text || '.' || sealed_context.column_name || ':' || sealed_context.row_id;
end;
$$;
comment on function private.sealed_context(regclass, text, uuid) is
  'Where a sealed value belongs, such as "public.bank_accounts.account_number:<id>". It opens nowhere else.';

create function private.current_sealing_key_number()
  returns int
  language sql stable set search_path = ''
as $$
  select max(substr(name, length('sealed_values_key_') + 1)::int)
  from vault.secrets where name ~ '^sealed_values_key_[1-9][0-9]{0,8}$'
$$;
comment on function private.current_sealing_key_number() is
  'Number of the key that seals: the highest of those in Vault, null where there is none.';

create function private.add_sealing_key()
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_number int := coalesce(private.current_sealing_key_number(), 0) + 1;
begin
  perform vault.create_secret(
    encode(extensions.gen_random_bytes(32), 'hex'), 'sealed_values_key_' || v_number, 'Seals values of columns'
  );
  return v_number;
end;
$$;
comment on function private.add_sealing_key() is
  $$Makes a key of 32 random bytes, with which everything is sealed from now on, and returns its number.

Values of older keys still open; private.reseal_secrets moves them to the new key.$$;

create function private.sealing_key(number int, purpose text)
  returns bytea
  language plpgsql stable set search_path = ''
as $$
declare
  v_key text;
begin
  select decrypted_secret into v_key
  from vault.decrypted_secrets where name = 'sealed_values_key_' || sealing_key.number;
  if v_key is null then
    raise exception 'Cannot use sealed values: key % is not in Vault', coalesce(sealing_key.number::text, '1')
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  -- A key of its own for each purpose: one key for both would tie the two algorithms together.
  return extensions.hmac(convert_to(sealing_key.purpose, 'UTF8'), decode(v_key, 'hex'), 'sha256');
end;
$$;
comment on function private.sealing_key(int, text) is
  'The key of this number for a purpose, "encrypt" or "authenticate": 32 bytes. Error 55000 where Vault does not have it.';

create function private.sealing_mac(number int, context text, content bytea)
  returns bytea
  language plpgsql stable set search_path = ''
as $$
begin
  -- The length keeps context and content apart.
  return extensions.hmac(
    convert_to(
      format('sealed.%s.%s.%s', sealing_mac.number, octet_length(sealing_mac.context), sealing_mac.context), 'UTF8'
    ) || sealing_mac.content,
    private.sealing_key(sealing_mac.number, 'authenticate'), 'sha256'
  );
end;
$$;
comment on function private.sealing_mac(int, text, bytea) is
  'HMAC-SHA256 of everything that must not change: number of the key, context, IV and ciphertext.';

-- Not a definer function, so that a grant by mistake opens nothing: definer functions of the domains call it.
create function private.seal_secret(plain text, context text)
  returns private.sealed_text
  language plpgsql volatile set search_path = ''
as $$
declare
  v_number int := private.current_sealing_key_number();
  v_iv bytea := extensions.gen_random_bytes(16);
  v_content bytea;
begin
  if coalesce(seal_secret.context, '') = '' then
    raise exception 'Cannot seal a value: it needs a context' using errcode = 'null_value_not_allowed';
  end if;
  if seal_secret.plain is null then
    return null;
  end if;
  -- 32 bytes of key make it AES-256.
  v_content := v_iv || extensions.encrypt_iv(
    convert_to(seal_secret.plain, 'UTF8'), private.sealing_key(v_number, 'encrypt'), v_iv, 'aes-cbc/pad:pkcs'
  );
  return 'sealed.' || v_number || '.'
    || encode(v_content || private.sealing_mac(v_number, seal_secret.context, v_content), 'hex');
end;
$$;
comment on function private.seal_secret(text, text) is
  $$Encrypts a value (AES-256, then HMAC-SHA256) for one place; null stays null.

The context is that of private.sealed_context. The same value is sealed differently every time.$$;

-- Not a definer function either.
create function private.open_secret(sealed private.sealed_text, context text)
  returns text
  language plpgsql stable set search_path = ''
as $$
declare
  v_number int := split_part(open_secret.sealed, '.', 2)::int;
  v_bytes bytea := decode(split_part(open_secret.sealed, '.', 3), 'hex');
  v_content bytea := substr(v_bytes, 1, length(v_bytes) - 32);
  v_mac_key bytea;
begin
  if open_secret.sealed is null then
    return null;
  end if;
  v_mac_key := private.sealing_key(v_number, 'authenticate');
  -- Compared as HMACs of the HMACs, so that the time it takes tells nothing of the right one.
  if extensions.hmac(substr(v_bytes, length(v_bytes) - 31), v_mac_key, 'sha256') is distinct from
    extensions.hmac(private.sealing_mac(v_number, open_secret.context, v_content), v_mac_key, 'sha256')
  then
    raise exception 'Cannot open a sealed value: it was changed, moved from another place or sealed with another key'
      using errcode = 'data_corrupted';
  end if;
  return convert_from(
    extensions.decrypt_iv(
      substr(v_content, 17), private.sealing_key(v_number, 'encrypt'), substr(v_content, 1, 16), 'aes-cbc/pad:pkcs'
    ),
    'UTF8'
  );
end;
$$;
comment on function private.open_secret(private.sealed_text, text) is
  $$The value that was sealed for this context. Whoever calls it checks the right and leaves a line in the audit log first.

Error XX001 for a value that was changed, moved or sealed with another key, 55000 where its key is not in Vault.$$;

create function private.last_four(plain text)
  returns text
  language sql immutable strict set search_path = ''
as $$
  select case when length(bare.value) >= 8 then right(bare.value, 4) end
  from (select regexp_replace(last_four.plain, '[^[:alnum:]]', '', 'g') as value) as bare
$$;
comment on function private.last_four(text) is
  $$The last four letters and digits of a number, to be stored beside the sealed value and shown.

Null when there are fewer than eight, where four would tell half of it.$$;

create function private.reseal_secrets(batch_size int)
  returns int
  language plpgsql volatile set search_path = ''
as $$
declare
  v_prefix text := 'sealed.' || private.current_sealing_key_number() || '.';
  v_column record;
  v_count int;
  v_total int := 0;
begin
  for v_column in
    select attrelid::regclass as relation, nspname, relname, attname
    from pg_catalog.pg_attribute
    join pg_catalog.pg_class on pg_class.oid = attrelid
    join pg_catalog.pg_namespace on pg_namespace.oid = relnamespace
    where atttypid = 'private.sealed_text'::regtype and not attisdropped
      and relkind in ('r', 'p') and not relispartition
    order by attrelid, attnum
  loop
    exit when v_total >= reseal_secrets.batch_size;
    execute format(
      'update %1$I.%2$I as changed
        set %3$I = private.seal_secret(
          private.open_secret(found.value, private.sealed_context($3, $4, found.id)),
          private.sealed_context($3, $4, found.id)
        )
        from (
          select id, %3$I as value from %1$I.%2$I where not starts_with(%3$I, $1) order by id limit $2 for update
        ) as found
        where changed.id = found.id',
      v_column.nspname, v_column.relname, v_column.attname
    ) using v_prefix, reseal_secrets.batch_size - v_total, v_column.relation, v_column.attname::text;
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;
  end loop;
  return v_total;
end;
$$;
comment on function private.reseal_secrets(int) is
  $$Seals up to this many values of older keys with the current one, in all columns of type private.sealed_text.

Returns how many; 0 means that no table needs an older key any more.$$;

-- The first key is made where the database is: it is in no file.
do $$
begin
  if private.current_sealing_key_number() is null then
    perform private.add_sealing_key();
  end if;
end;
$$;
