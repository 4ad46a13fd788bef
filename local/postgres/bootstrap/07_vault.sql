-- Hosted projects come with Vault; the other extensions (pg_cron, pg_net) are created by migrations.
create schema if not exists vault;
create extension if not exists supabase_vault with schema vault;
