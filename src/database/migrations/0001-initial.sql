create schema datasets;

create table charlie.sources (
  source_id bigint generated always as identity primary key,
  kind text not null check (kind in ('sharepoint', 'directory')),
  -- Drive id and folder item id of SharePoint; 'local' for directories, whose items are absolute paths.
  address text not null,
  label text not null,
  unique (kind, address)
);

-- The inventory: what each source held when it was last listed.
create table charlie.drive_items (
  source_id bigint not null references charlie.sources,
  item_id text not null,
  drive_id text,
  name text not null,
  path text not null,
  folded_path text not null generated always as (lower(normalize(path))) stored,
  size_bytes bigint not null,
  etag text not null,
  content_hash text,
  -- An eTag also moves when only metadata changed, so the content's hash decides where the service gives one.
  version_key text not null generated always as (coalesce(content_hash || ':' || size_bytes, etag)) stored,
  modified_at timestamptz not null,
  first_seen_at timestamptz not null default now(),
  deleted_at timestamptz,
  primary key (source_id, item_id)
);
create index on charlie.drive_items (source_id, modified_at) where deleted_at is null;
create index on charlie.drive_items (source_id, folded_path);

-- The ledger: one row for each version of a file ever seen. Never pruned.
create table charlie.ingestion_log (
  file_id bigint generated always as identity primary key,
  source_id bigint not null references charlie.sources,
  item_id text not null,
  version_key text not null,
  drive_id text,
  name text not null,
  path text not null,
  size_bytes bigint not null,
  content_hash text,
  modified_at timestamptz not null,
  dataset text not null,
  -- pending: seen, not done with. replaced: a later version of the same file took its rows' place.
  state text not null default 'pending' check (state in ('pending', 'ingested', 'replaced', 'quarantined', 'purged')),
  reason text,
  detail text,
  sha256 text,
  rows_read bigint,
  rows_loaded bigint,
  rows_rejected bigint,
  rows_duplicate bigint,
  rows_blank bigint,
  replaced_by bigint references charlie.ingestion_log,
  run_id text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (source_id, item_id, version_key),
  constraint every_row_accounted_for check (
    state <> 'ingested' or (rows_read = rows_loaded + rows_rejected + rows_duplicate + rows_blank and sha256 is not null)
  ),
  constraint quarantine_has_a_reason check (state <> 'quarantined' or reason is not null)
);
create index on charlie.ingestion_log (state) where state = 'quarantined';

create table charlie.run_history (
  run_id text primary key,
  workflow_id text not null,
  job text not null,
  nominal_time timestamptz not null,
  window_from timestamptz,
  window_to timestamptz,
  start_ts timestamptz not null default now(),
  end_ts timestamptz,
  -- When Temporal ends the run by its time limit: a record that is still running then was cut off.
  deadline timestamptz not null,
  status text not null default 'running'
    check (status in ('running', 'succeeded', 'partial', 'failed', 'cancelled', 'timed_out')),
  listed integer not null default 0,
  skipped integer not null default 0,
  downloaded integer not null default 0,
  ingested integer not null default 0,
  quarantined integer not null default 0,
  failed integer not null default 0,
  rows_loaded bigint not null default 0,
  rows_rejected bigint not null default 0,
  rows_aggregated bigint not null default 0,
  error text,
  check ((status = 'running') = (end_ts is null))
);
create index on charlie.run_history (job, start_ts desc);
create index on charlie.run_history (deadline) where status = 'running';

-- The manifest of each run.
create table charlie.run_files (
  run_id text not null references charlie.run_history on delete cascade,
  position integer not null,
  file_id bigint not null references charlie.ingestion_log,
  chunk integer not null,
  -- already: another run had ingested the file first, or a newer version of it is listed.
  state text not null default 'waiting' check (state in ('waiting', 'downloaded', 'ingested', 'quarantined', 'already', 'failed')),
  attempts integer not null default 0,
  -- False: the cause cannot pass within this run; the next run looks at the file anew.
  may_retry boolean not null default true,
  downloaded_at timestamptz,
  local_path text,
  -- Inode, size and modified time of the local file: whether it is still the one that was downloaded.
  local_stamp text,
  sha256 text,
  error text,
  primary key (run_id, position),
  unique (run_id, file_id)
);
create index on charlie.run_files (run_id, chunk);
create index on charlie.run_files (file_id);

create table charlie.rejects (
  file_id bigint not null references charlie.ingestion_log,
  line bigint not null,
  byte_offset bigint not null,
  column_name text,
  reason text not null,
  detail text not null,
  raw text not null,
  primary key (file_id, byte_offset)
);

-- The hours of the reporting zone in which a file has rows, for replacing, purging and lineage.
create table charlie.file_hours (
  file_id bigint not null references charlie.ingestion_log,
  dataset text not null,
  hour timestamptz not null,
  rows bigint not null,
  first_line bigint not null,
  last_line bigint not null,
  primary key (file_id, hour)
);
create index on charlie.file_hours (dataset, hour);

-- A mark for each file that changed an hour. Not unique: a merged mark that an aggregator deletes while an ingest
-- commits would lose that ingest's update.
create table charlie.stale_hours (
  mark_id bigint generated always as identity primary key,
  dataset text not null,
  hour timestamptz not null,
  file_id bigint references charlie.ingestion_log
);
create index on charlie.stale_hours (dataset, hour);

-- What the figures of a dataset mean: change it, and all its hours are stale.
create table charlie.aggregate_definitions (
  dataset text primary key,
  definition text not null
);

create table charlie.hourly_aggregates (
  dataset text not null,
  hour timestamptz not null,
  -- One text for each column of the dataset's group_by; null where the row has none.
  group_key text[] not null,
  rows bigint not null,
  -- One value for each measure, in the dataset's order.
  measures jsonb not null,
  file_ids bigint[] not null
);
-- Not unique by key: a key is as long as the text in the file, and an index entry is not.
create index on charlie.hourly_aggregates (dataset, hour);
create index on charlie.hourly_aggregates (hour);

create table charlie.aggregated_hours (
  dataset text not null,
  hour timestamptz not null,
  computed_at timestamptz not null,
  rows bigint not null,
  measures jsonb not null,
  primary key (dataset, hour)
);
create index on charlie.aggregated_hours (hour);

create table charlie.reports (
  kind text not null check (kind in ('hourly')),
  period_start timestamptz not null,
  name text not null,
  -- Stored at the first attempt, so that a repeated one builds equal bytes.
  generated_at timestamptz not null,
  published_at timestamptz,
  sha256 text,
  size_bytes bigint,
  path text,
  primary key (kind, period_start)
);
