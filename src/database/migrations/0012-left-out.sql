-- left_out: no version of this item is loaded, since what was loaded under its path, or of itself before, stands for it. What it was
-- left out for may change, and then it is to be looked at again.
alter table charlie.drive_items drop constraint drive_items_settled_check;
alter table charlie.drive_items add constraint drive_items_settled_check check (settled in ('ledger', 'name', 'left_out'));

create trigger unsettle_left_out before update on charlie.drive_items for each row
when (old.settled = 'left_out' and old.path is distinct from new.path)
execute function charlie.unsettle();

create function charlie.reopen_left_out(in_source bigint, at_path text) returns void language sql as $$
  update charlie.drive_items set settled = null
  where source_id = in_source and folded_path = at_path and settled = 'left_out'
$$;

-- A file that was gone has come back.
create function charlie.item_is_back() returns trigger language plpgsql as $$
begin
  perform charlie.reopen_left_out(old.source_id, old.folded_path);
  return null;
end
$$;
create trigger item_is_back after update on charlie.drive_items for each row
when ((old.deleted_at is not null or old.moved_at is not null) and new.deleted_at is null and new.moved_at is null)
execute function charlie.item_is_back();

-- A version is not any more what it was: purged, put back in line, or replaced.
create function charlie.version_is_undone() returns trigger language plpgsql as $$
begin
  perform charlie.reopen_left_out(item.source_id, item.folded_path)
  from charlie.drive_items item where item.source_id = old.source_id and item.item_id = old.item_id;
  return null;
end
$$;
create trigger version_is_undone after update of state on charlie.ingestion_log for each row
when (old.state in ('ingested', 'duplicate', 'discarded', 'purged') and old.state is distinct from new.state)
execute function charlie.version_is_undone();
