-- What the workers of one application share of its way to Microsoft Graph: one row an application.
create table charlie.graph_gate (
  application text primary key,
  -- Nobody asks before, because Microsoft has said so.
  not_before timestamptz not null default now(),
  -- Until then each resource unit takes so long, since Microsoft has said how few are left.
  slow_until timestamptz not null default now(),
  seconds_per_unit double precision not null default 0,
  -- When the units that were given out are used up at the pace of the budget.
  spent_to timestamptz not null
);
