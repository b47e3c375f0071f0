-- Who may use the API. The secret itself is nowhere.
create table charlie.api_tokens (
  token_id text primary key,
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'admin')),
  secret_sha256 text not null,
  created_at timestamptz not null default now(),
  created_by text not null,
  -- Null: never.
  expires_at timestamptz,
  -- To the minute.
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text
);

-- What was changed or refused over the API, and the tokens that commands made: nobody changes an entry.
create table charlie.api_audit (
  audit_id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  token_id text,
  address text not null,
  request_id text not null,
  method text not null,
  path text not null,
  status integer not null
);
create function charlie.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'what stands in % stays as it is', tg_table_name;
end
$$;
create trigger entries_stay before update on charlie.api_audit for each row execute function charlie.refuse_change();

-- A request that starts work, by its Idempotency-Key, for a day.
create table charlie.start_requests (
  principal text not null,
  operation text not null,
  idempotency_key text not null,
  request_sha256 text not null,
  created_at timestamptz not null default now(),
  -- Of the one run that it may start, chosen before that is started; null: none was chosen yet.
  workflow_id text unique,
  -- The answer, once it is known.
  status integer,
  location text,
  body jsonb,
  primary key (principal, operation, idempotency_key)
);
create index on charlie.start_requests (created_at);
