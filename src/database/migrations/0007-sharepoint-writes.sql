-- The workbook is still to be put into the report folder in SharePoint.
alter table charlie.reports add upload_due boolean not null default false, add uploaded_at timestamptz, add remote_url text;
create index on charlie.reports (period_start) where upload_due;

-- The file is loaded, and still to be moved to the processed folder of its library; and why that failed last.
alter table charlie.ingestion_log add move_due boolean not null default false, add move_error text;
create index on charlie.ingestion_log (source_id) where move_due;

-- When charlie itself moved the item away from where it was listed, which is no deletion there.
alter table charlie.drive_items add moved_at timestamptz;
