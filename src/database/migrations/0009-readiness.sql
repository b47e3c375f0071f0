-- unready: nothing has failed; the file is not to be had yet, and why stands in the ledger, where it stays pending.
alter table charlie.run_files drop constraint run_files_state_check;
alter table charlie.run_files add constraint run_files_state_check
  check (state in ('waiting', 'downloaded', 'ingested', 'quarantined', 'already', 'duplicate', 'failed', 'unready'));

alter table charlie.run_history add unready integer not null default 0;

-- The source holds it for malware, and gives it to nobody.
alter table charlie.drive_items add malware boolean not null default false;
