-- What runs have put into ingestion_dir themselves, so that nobody takes it for a file that was dropped there. A row for each
-- attempt, beside the manifests: an attempt that takes up another one's work writes over its entry there, and the file of
-- the first may still lie in its place.
create table charlie.downloads (
  path text not null,
  stamp text not null,
  primary key (path, stamp)
);
insert into charlie.downloads (path, stamp)
select distinct local_path, local_stamp
from charlie.run_files join charlie.ingestion_log using (file_id) join charlie.sources using (source_id)
where kind <> 'directory' and local_path is not null and local_stamp is not null;

-- What is still to be done with the local file, left by the transaction that ingested it; null: nothing (any more).
alter table charlie.run_files add after_ingest text check (after_ingest in ('archive', 'delete'));
create index on charlie.run_files (file_id) where after_ingest is not null;

-- When charlie itself took a local file away from where it came from, which is no deletion there.
alter table charlie.ingestion_log add taken_at timestamptz;
