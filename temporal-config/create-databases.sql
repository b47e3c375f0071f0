-- Run once, by psql as superuser, when Postgres has no data yet. Each role owns its databases, and gets into no other's.
\set ON_ERROR_STOP on
\set charlie_password `cat /run/secrets/charlie_password`
\set temporal_password `cat /run/secrets/temporal_password`

create role charlie login password :'charlie_password';
create role temporal login password :'temporal_password';
create database charlie owner charlie;
create database temporal owner temporal;
create database temporal_visibility owner temporal;
revoke connect on database charlie, temporal, temporal_visibility, postgres from public;
