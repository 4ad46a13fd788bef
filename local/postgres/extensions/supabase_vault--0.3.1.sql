-- Stand-in for supabase_vault: the same schema, view and functions, with pgcrypto in place of libsodium.
--
-- The root key is 32 random bytes in the file vault_root.key inside the data directory, which only the server's own
-- user may read. It is in no table, no setting and no dump, so whoever obtains a copy of the database (or reads
-- vault.secrets as a client that was granted too much) holds ciphertext alone. Only SECURITY DEFINER functions read
-- it: pg_read_file is closed to everybody but superusers. As with the hosted service, secrets that are restored on
-- another server cannot be read there and are stored anew.

do $key$
declare
  v_path text := current_setting('data_directory') || '/vault_root.key';
begin
  -- One key for the cluster: a database made from a template, or bootstrapped later, finds it here.
  if (pg_stat_file(v_path, true)).size is null then
    execute format('copy (select %L) to %L', encode(extensions.gen_random_bytes(32), 'hex'), v_path);
  end if;
end
$key$;

-- A key for one purpose, derived from the root key, so that the cipher and the seal never share one.
create function vault._derived_key(purpose text) returns bytea
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return extensions.hmac(
    convert_to(purpose, 'utf8'),
    decode(trim(pg_read_file(current_setting('data_directory') || '/vault_root.key'), E'\n'), 'hex'),
    'sha256'
  );
end
$$;

create function vault._crypto_aead_det_noncegen() returns bytea
  language sql volatile security definer set search_path = ''
as $$
  select extensions.gen_random_bytes(16)
$$;

-- AES-256 in CBC mode, then a seal over everything that must not change: nonce, ciphertext and the row's id
-- (`additional`), so that a secret moved to another row does not open there.
create function vault._crypto_aead_det_encrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
)
  returns bytea language plpgsql stable security definer set search_path = ''
as $$
declare
  v_ciphertext bytea := extensions.encrypt_iv(message, vault._derived_key('encrypt'), nonce, 'aes-cbc/pad:pkcs');
begin
  return extensions.hmac(additional || nonce || v_ciphertext, vault._derived_key('seal'), 'sha256') || v_ciphertext;
end
$$;

create function vault._crypto_aead_det_decrypt(
  message bytea, additional bytea, key_id bigint, context bytea default 'pgsodium', nonce bytea default null
)
  returns bytea language plpgsql stable security definer set search_path = ''
as $$
declare
  v_ciphertext bytea := substring(message from 33);
begin
  if substring(message for 32)
    <> extensions.hmac(additional || nonce || v_ciphertext, vault._derived_key('seal'), 'sha256')
  then
    raise exception 'invalid ciphertext' using errcode = '22000';
  end if;
  return extensions.decrypt_iv(v_ciphertext, vault._derived_key('encrypt'), nonce, 'aes-cbc/pad:pkcs');
end
$$;

create table vault.secrets (
  id uuid primary key default gen_random_uuid(),
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea default vault._crypto_aead_det_noncegen(),
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
comment on table vault.secrets is 'Table with encrypted `secret` column for storing sensitive information on disk.';
create unique index secrets_name_idx on vault.secrets (name) where name is not null;

create view vault.decrypted_secrets as
select
  s.id, s.name, s.description, s.secret,
  convert_from(
    vault._crypto_aead_det_decrypt(
      message := decode(s.secret, 'base64'), additional := convert_to(s.id::text, 'utf8'), key_id := 0,
      context := 'pgsodium', nonce := s.nonce
    ),
    'utf8'
  ) as decrypted_secret,
  s.key_id, s.nonce, s.created_at, s.updated_at
from vault.secrets as s;

-- Definer: callers may read and delete secrets, and write them through these two functions only. The plain text is
-- never written to the table, so it is in no write-ahead log either.
create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
)
  returns uuid language plpgsql security definer set search_path = ''
as $$
declare
  v_id uuid := gen_random_uuid();
  v_nonce bytea := vault._crypto_aead_det_noncegen();
begin
  insert into vault.secrets (id, nonce, name, description, secret)
  values (
    v_id, v_nonce, new_name, new_description,
    encode(
      vault._crypto_aead_det_encrypt(
        message := convert_to(new_secret, 'utf8'), additional := convert_to(v_id::text, 'utf8'), key_id := 0,
        context := 'pgsodium', nonce := v_nonce
      ),
      'base64'
    )
  );
  return v_id;
end
$$;

create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null, new_description text default null,
  new_key_id uuid default null
)
  returns void language plpgsql security definer set search_path = ''
as $$
declare
  v_nonce bytea := vault._crypto_aead_det_noncegen();
begin
  -- A new text gets a new nonce: under one nonce, two texts with the same beginning would show it.
  update vault.secrets as s
  set
    secret = case when new_secret is null then s.secret else encode(
      vault._crypto_aead_det_encrypt(
        message := convert_to(new_secret, 'utf8'), additional := convert_to(s.id::text, 'utf8'), key_id := 0,
        context := 'pgsodium', nonce := v_nonce
      ),
      'base64'
    ) end,
    nonce = case when new_secret is null then s.nonce else v_nonce end,
    name = coalesce(new_name, s.name),
    description = coalesce(new_description, s.description),
    updated_at = now()
  where s.id = secret_id;
end
$$;

-- Grants as hosted.
revoke execute on all functions in schema vault from public;
grant usage on schema vault to postgres with grant option;
grant select, delete, truncate, references on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to postgres
  with grant option;
grant usage on schema vault to service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret, vault.update_secret, vault._crypto_aead_det_decrypt to service_role;
