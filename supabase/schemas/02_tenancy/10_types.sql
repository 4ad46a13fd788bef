create type public.organization_kind as enum ('personal', 'company', 'startup', 'fund');
comment on type public.organization_kind is $$What an organization is.

Every person has exactly one of kind "personal", made at sign-up, with nobody else in it. The kind never changes.$$;

create type public.organization_status as enum ('active', 'suspended', 'deleted');
comment on type public.organization_status is $$Whether an organization can be used.

A suspended one can be read but not changed. A deleted one is invisible and is purged 30 days after its deletion unless
an owner restores it.$$;

create type public.membership_status as enum ('active', 'suspended');
comment on type public.membership_status is 'Whether a membership counts; a suspended member has no access.';

create type public.profile_visibility as enum ('private', 'network', 'public');
comment on type public.profile_visibility is $$Who may see a person's profile, beside the people in the same organizations.

"private" is nobody else, "network" everybody who is signed in, "public" also who is not.$$;

create type private.limit_action as enum ('block', 'overage');
comment on type private.limit_action is 'What happens at a limit: further use is refused, or allowed and billed.';
