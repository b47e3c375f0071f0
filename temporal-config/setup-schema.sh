#!/bin/sh
# Brings the schema of Temporal's two databases to the version of this image, before the server starts. The server, the
# user and the plugin are in the environment (SQL_HOST, SQL_PORT, SQL_USER, SQL_PLUGIN).
set -eu

SQL_PASSWORD=$(cat /run/secrets/temporal_password)
export SQL_PASSWORD

bring_up_to_date() {
  # Leaves a database alone that has a version already.
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
