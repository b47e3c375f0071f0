-- An attempt of an activity that was stopped and wakes beside its successor must not undo what that one has written. Who
-- writes leaves the time at which Temporal scheduled its attempt; who was scheduled earlier then changes nothing.
alter table charlie.run_history add attempt_at timestamptz not null default '-infinity';
alter table charlie.run_files add attempt_at timestamptz not null default '-infinity';

-- The same for listings: when the one began that wrote the item last.
alter table charlie.drive_items add listed_at timestamptz not null default '-infinity';

-- terminated: somebody ended the run with Temporal's means, which it could not record itself.
alter table charlie.run_history drop constraint run_history_status_check;
alter table charlie.run_history add constraint run_history_status_check
  check (status in ('running', 'succeeded', 'partial', 'failed', 'cancelled', 'timed_out', 'terminated'));

comment on column charlie.run_files.attempts is
  'Failures of the file itself; a worker, a database or a source that was away is not one.';

-- Which files of the ledger are being read, and which have taken workers down: a process that ends in order leaves
-- no mark. Without a foreign key, which would wait for the ledger row that the reader has locked.
create table charlie.open_files (
  file_id bigint primary key,
  -- Host, process id and start of the process that reads it; null: nobody does.
  opened_by text,
  -- Processes that were lost while they had it open, and the last of them.
  takedowns integer not null default 0,
  lost_process text
);
