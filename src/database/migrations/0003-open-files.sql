-- A mark that was made before Postgres itself was lost says nothing about the worker, which could not take it away.
alter table charlie.open_files add server_start timestamptz not null default '-infinity';
