create function private.lock_billing(organization_id uuid)
  returns boolean
  language plpgsql volatile set search_path = ''
as $$
begin
  perform from private.credit_accounts
  where credit_accounts.organization_id = lock_billing.organization_id
  -- Not more: rows that refer to it may still be written.
  for no key update;
  return found;
end;
$$;
comment on function private.lock_billing(uuid) is $$Puts the caller in the queue of who writes the billing of an organization; false where there is no such organization.

The first lock of whoever writes anything of it: payments, refunds, methods, customers, checkouts, purchases, invoices,
subscriptions, quotes, limits, credits. The order is: this one; the organization; rows of billing; levels of use; series of
numbers. So two never wait for each other. Read what is decided on after it, in a statement of its own. Jobs that take many
organizations at once join private.credit_accounts and lock it "for no key update skip locked": they wait for nobody.$$;
