-- duplicate: a version that is loaded, of another file, has the same content. discarded: refused whole, and given up.
alter table charlie.ingestion_log drop constraint ingestion_log_state_check;
alter table charlie.ingestion_log add constraint ingestion_log_state_check
  check (state in ('pending', 'ingested', 'replaced', 'quarantined', 'purged', 'discarded', 'duplicate'));

alter table charlie.ingestion_log
  add duplicate_of bigint references charlie.ingestion_log,
  -- Somebody has said that this version may have far fewer rows than the one before it.
  add shrunk_accepted boolean not null default false,
  -- Who put it back in line, discarded or purged it last, and when.
  add decided_by text,
  add decided_at timestamptz,
  add constraint duplicate_has_an_original check ((state = 'duplicate') = (duplicate_of is not null));

create index on charlie.ingestion_log (dataset, sha256) where state = 'ingested';
create index on charlie.ingestion_log (duplicate_of) where state = 'duplicate';

alter table charlie.run_files drop constraint run_files_state_check;
alter table charlie.run_files add constraint run_files_state_check
  check (state in ('waiting', 'downloaded', 'ingested', 'quarantined', 'already', 'duplicate', 'failed'));

alter table charlie.run_history add duplicates integer not null default 0;
