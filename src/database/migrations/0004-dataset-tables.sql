-- A dataset's rows are only ever written beside their ledger row, which is never deleted: checking that for each of them cost
-- more than the COPY. And what finds the rows of a file need not be a B-tree; see dataset-tables.ts.
do $$
declare
  found record;
begin
  for found in
    select conrelid::regclass as dataset, conname from pg_constraint
    where contype = 'f' and connamespace = 'datasets'::regnamespace and confrelid = 'charlie.ingestion_log'::regclass
  loop
    execute format('alter table %s drop constraint %I', found.dataset, found.conname);
  end loop;
  for found in
    select indexrelid::regclass as index, indrelid::regclass as dataset
    from pg_index join pg_class on oid = indexrelid join pg_am on pg_am.oid = relam
    where relnamespace = 'datasets'::regnamespace and amname = 'btree' and indnatts = 2
      and pg_get_indexdef(indexrelid) like '%(\_file\_id, \_line)'
  loop
    execute format('drop index %s', found.index);
    execute format('create index on %s using brin (_file_id, _line) with (autosummarize = on)', found.dataset);
  end loop;
end
$$;
