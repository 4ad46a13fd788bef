-- Without a plan; billing writes the limits of the tiers: Starter 100 an hour, Professional 1,000, Enterprise 10,000.
insert into private.limit_definitions (key, default_value, description) values
  ('api_calls_hourly', 1000, 'API calls in an hour'),
  ('max_api_calls_daily', 10000, 'API calls in a day, in UTC');

insert into private.rate_limit_rules
  (name, endpoint, is_per_endpoint, subject, window_seconds, limit_count, limit_key, description)
values
  ('caller_second', null, false, 'caller', 1, 20, null, 'Bursts of one caller'),
  ('caller_endpoint_minute', null, true, 'caller', 60, 300, null, 'One caller at one endpoint'),
  ('user_hour', null, false, 'user', 3600, 10000, null, 'One person over all organizations'),
  ('organization_hour', null, false, 'organization', 3600, null, 'api_calls_hourly', 'The tier of the organization'),
  ('organization_day', null, false, 'organization', 86400, null, 'max_api_calls_daily', 'The daily cap of the tier'),
  ('sign_in_address', 'auth.sign_in', false, 'address', 300, 10, null, 'Guessing passwords from one address'),
  ('sign_in_account', 'auth.sign_in', false, 'account', 300, 10, null, 'Guessing the password of one account'),
  ('message_user', 'messages.send', false, 'user', 60, 60, null, 'Messages of one person'),
  ('rest_write_second', 'rest.write', false, 'caller', 1, 20, null, 'Bursts of changes through tables and RPCs'),
  ('rest_write_hour', 'rest.write', false, 'caller', 3600, 1000, null, 'Changes through tables and RPCs');
