alter table charlie.run_history drop constraint run_history_status_check;
alter table charlie.run_history add constraint run_history_status_check
  check (status in ('running', 'succeeded', 'partial', 'failed', 'cancelled', 'timed_out', 'terminated', 'dry_run'));

-- What the run does differently; null: nothing.
alter table charlie.run_history add config jsonb;

-- The dataset that a version which is loaded is read again for; null: the file is no such version.
alter table charlie.run_files add again_as text;

-- What somebody who has a job run now wants of that run. The run reads it when it begins, which may be later: it may have to wait for its turn.
create table charlie.run_requests (
  workflow_id text primary key,
  config jsonb not null,
  asked_at timestamptz not null default now()
);
