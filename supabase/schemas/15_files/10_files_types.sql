create type public.file_state as enum ('uploading', 'quarantined', 'clean', 'infected', 'deleted');
comment on type public.file_state is $$Where a file stands.

"uploading" waits for its content, "quarantined" for the scan, "clean" can be read, "infected" never, and "deleted" can be
restored for some time.$$;
