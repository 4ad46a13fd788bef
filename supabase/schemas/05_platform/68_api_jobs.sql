-- Definer: people hold no grant on the queue.
create function private.get_job_progress(job_id bigint)
  returns table (
    id bigint, kind text, state text, done_count int, total_count int, message text, is_cancellable boolean,
    created_at timestamptz, started_at timestamptz, finished_at timestamptz
  )
  language plpgsql stable security definer set search_path = ''
as $$
begin
  return query
  select
    jobs.id, jobs.kind, jobs.state::text, jobs.progress_done_count, jobs.progress_total_count, jobs.progress_message,
    jobs.is_cancellable, jobs.created_at, jobs.started_at, jobs.finished_at
  from private.jobs
  where jobs.id = get_job_progress.job_id
    and (
      jobs.created_by = (select private.current_person_id())
      or jobs.organization_id = any (array(select private.organizations_with('jobs.read')))
    );
  if not found then
    perform private.raise_error(404, 'job_not_found', 'Cannot read job: no such job');
  end if;
end;
$$;
comment on function private.get_job_progress(bigint) is 'Body of public.get_job_progress.';
grant execute on function private.get_job_progress(bigint) to authenticated;

create function public.get_job_progress(job_id bigint)
  returns table (
    id bigint, kind text, state text, done_count int, total_count int, message text, is_cancellable boolean,
    created_at timestamptz, started_at timestamptz, finished_at timestamptz
  )
  language sql stable set search_path = ''
as $$
  select * from private.get_job_progress(get_job_progress.job_id)
$$;
comment on function public.get_job_progress(bigint) is $$How far a job is: one row, or 404.

For who asked for the job and who holds jobs.read in its organization. done_count and total_count are null when it does
not tell. The event "job_progress" on the organization's channel, or the person's own for a job without one, says when
to look again.$$;
grant execute on function public.get_job_progress(bigint) to authenticated;

-- Definer: as private.get_job_progress.
create function private.request_job_cancellation(job_id bigint)
  returns text
  language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_person_id uuid := private.current_person_id();
  v_is_cancellable boolean;
begin
  select jobs.is_cancellable into v_is_cancellable from private.jobs
  where jobs.id = request_job_cancellation.job_id
    and (
      jobs.created_by = v_person_id
      or jobs.organization_id = any (array(select private.organizations_with('jobs.cancel')))
    );
  if not found or not v_is_cancellable then
    if private.is_platform_admin() then
      perform private.require_platform_admin('cancel job');
    elsif v_is_cancellable is null then
      perform private.raise_error(404, 'job_not_found', 'Cannot cancel job: no such job');
    else
      perform private.raise_error(409, 'job_not_cancellable',
        'Cannot cancel job: work of this kind is not to be stopped half way');
    end if;
  end if;
  return private.cancel_job(request_job_cancellation.job_id);
end;
$$;
comment on function private.request_job_cancellation(bigint) is 'Body of public.request_job_cancellation.';
grant execute on function private.request_job_cancellation(bigint) to authenticated;

create function public.request_job_cancellation(job_id bigint)
  returns text
  language sql volatile set search_path = ''
as $$
  select private.request_job_cancellation(request_job_cancellation.job_id)
$$;
comment on function public.request_job_cancellation(bigint) is $$Asks for a job to stop and returns its state.

For who asked for the job and who holds jobs.cancel in its organization, where the job is_cancellable; for platform
admins with a second factor always. One that waits is "cancelled" at once. One that runs stays "running" until its worker
hears of it, and may still succeed. One that is over stays as it is.$$;
grant execute on function public.request_job_cancellation(bigint) to authenticated;
