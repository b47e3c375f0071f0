-- A dataset's table as it was made before migration 0004, with one row.
create table datasets.sales (
  "id" integer, "sold_at" timestamp with time zone, "shop" text, "amount" numeric(12,2),
  _file_id bigint not null references charlie.ingestion_log,
  _line bigint not null);
create index on datasets.sales (_file_id, _line);
create index on datasets.sales (sold_at);
insert into charlie.sources (kind, address, label) values ('directory', 'local', 'local files');
insert into charlie.ingestion_log
  (source_id, item_id, version_key, name, path, size_bytes, modified_at, dataset, run_id)
values (1, 'a', 'v1', 'sales.csv', 'sales.csv', 1, now(), 'sales', 'run');
insert into datasets.sales values (1, now(), 'north', 1, 1, 2);
