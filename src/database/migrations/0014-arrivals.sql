-- Jobs ask whether data have arrived, again and again while they have not; the ledger is never pruned.
create index on charlie.ingestion_log (dataset, ended_at) where state in ('ingested', 'duplicate');
