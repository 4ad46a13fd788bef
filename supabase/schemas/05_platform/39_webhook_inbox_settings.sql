select private.define_setting(
  'webhook_events.retention_days', 'integer', '90',
  'Days for which events of providers are kept after they were done with; dead ones stay until an operator saw to them',
  minimum := 7, maximum := 730
);
