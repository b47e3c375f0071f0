-- What is known of a source besides its items; one row each, from its first listing on.
create table charlie.inventories (
  source_id bigint primary key references charlie.sources,
  -- Counts the changes of this row: who has read an earlier one changes nothing.
  generation bigint not null default 0,
  -- Where the next round of changes begins; null: with everything.
  delta_link text,
  -- What the service tells changes of: the folder, the whole library, or nothing, and then the folder is listed.
  delta_scope text not null default 'folder' check (delta_scope in ('folder', 'library', 'none')),
  delta_recursive boolean,
  -- Nominal time of the run that saw everything last.
  reconciled_at timestamptz,
  -- Items that are there; null: not counted yet.
  listed bigint,
  -- Those of the datasets that items were settled by.
  patterns text
);

-- Below the folder of a source, which itself is not among them.
create table charlie.drive_folders (
  source_id bigint not null references charlie.sources,
  item_id text not null,
  parent_id text not null,
  name text not null,
  -- Relative to the folder of the source, ending with a slash.
  path text not null,
  primary key (source_id, item_id)
);
create index on charlie.drive_folders (source_id, parent_id);

-- A round of changes until it is complete; then it goes into the inventory in one transaction.
create table charlie.delta_items (
  source_id bigint not null references charlie.sources,
  round_id uuid not null,
  item_id text not null,
  -- Of the inventory that the round began with.
  generation bigint not null,
  kind text not null check (kind in ('file', 'folder', 'gone')),
  parent_id text,
  name text,
  -- Of a folder; null: unknown.
  child_count integer,
  drive_id text,
  size_bytes bigint,
  etag text,
  content_hash text,
  modified_at timestamptz,
  malware boolean,
  listed_at timestamptz not null,
  primary key (source_id, round_id, item_id)
);

-- Of an item that a run need not look at again. ledger: this version had been ended. name: no dataset takes such a name.
alter table charlie.drive_items
  add parent_id text,
  add settled text check (settled in ('ledger', 'name'));
create index on charlie.drive_items (source_id, parent_id) where deleted_at is null;
create index on charlie.drive_items (source_id, modified_at) where deleted_at is null and settled is null;
create index on charlie.ingestion_log (source_id) where state = 'pending';

-- Here, since workers of an earlier version know nothing of it.
create function charlie.unsettle() returns trigger language plpgsql as $$
begin
  new.settled := null;
  return new;
end
$$;
create trigger unsettle before update on charlie.drive_items for each row
when ((old.name, old.size_bytes, old.etag, old.content_hash, old.deleted_at)
  is distinct from (new.name, new.size_bytes, new.etag, new.content_hash, new.deleted_at))
execute function charlie.unsettle();
