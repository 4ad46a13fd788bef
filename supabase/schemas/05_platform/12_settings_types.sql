create type private.setting_type as enum ('boolean', 'integer', 'number', 'text', 'json');
comment on type private.setting_type is $$What kind of value a setting has.

An integer fits a bigint; json is an object or an array.$$;
