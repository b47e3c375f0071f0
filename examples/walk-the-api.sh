#!/usr/bin/env bash
# Walks through the whole API of charlie-reporting with curl: docs/scheduling-api.md explains each step.
#   npx charlie up                                   # in another terminal, then:
#   examples/walk-the-api.sh [http://127.0.0.1:8000]
# With CHARLIE_TOKEN in the environment it brings that; its role has to be admin.
set -euo pipefail

api=${1:-http://127.0.0.1:8000}
headers=(--header 'Content-Type: application/json')
if [[ -n ${CHARLIE_TOKEN:-} ]]; then headers+=(--header "Authorization: Bearer $CHARLIE_TOKEN"); fi

step() { printf '\n== %s\n' "$*" >&2; }
call() { # METHOD PATH [curl arguments]: shows what it asks, fails unless it succeeds, prints the answer
  printf '%s %s\n' "$1" "$2" >&2
  curl --silent --show-error --fail-with-body --request "$1" "${headers[@]}" "${@:3}" "$api$2"
  printf '\n'
}

step 'Is everything there?'
call GET /livez
call GET /readyz
call GET /health
call GET /scheduler/health

step 'Make jobs: by cron, by interval, once, and by a preset'
call POST '/scheduler/jobs/cron?replace_existing=true' --data '{"job_id": "walk-daily", "hour": 2, "minute": 0}'
call POST '/scheduler/jobs/interval?replace_existing=true' --data '{"job_id": "walk-hourly", "hours": 1}'
call POST '/scheduler/jobs/onetime?replace_existing=true' --data '{"job_id": "walk-once", "run_date": "2090-01-01T06:00:00Z"}'
call GET /scheduler/presets
call POST '/scheduler/presets/weekly_sunday_1am?job_id=walk-weekly&replace_existing=true' --data '{"incremental_mode": "auto"}'
call GET /scheduler/jobs
call GET /scheduler/jobs/walk-daily

step 'Pause one, resume it, and see when a backfill would run it'
call POST /scheduler/jobs/walk-hourly/pause --data '{"note": "walking the API"}'
call POST /scheduler/jobs/walk-hourly/resume
call POST /scheduler/jobs/walk-hourly/backfill \
  --data '{"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T03:00:00Z", "dry_run": true}'

step 'Run one now, twice with one key: that is one run'
key="walk-$$-$(date +%s)"
first=$(call POST /scheduler/jobs/walk-daily/run --header "Idempotency-Key: $key")
again=$(call POST /scheduler/jobs/walk-daily/run --header "Idempotency-Key: $key")
[[ $first == "$again" ]] || { echo "Two answers to one request: $first and $again" >&2; exit 1; }
run=$(sed -n 's/.*"workflow_id":"\([^"]*\)".*/\1/p' <<<"$first")
for _ in $(seq 240); do
  state=$(call GET "/pipeline/runs/$run")
  if [[ $state != *'"status":"running"'* && $state != *'"status":"queued"'* ]]; then break; fi
  sleep 0.5
done
printf '%s\n' "$state"

step 'What runs have done'
call GET '/pipeline/runs?limit=5'
call GET /scheduler/jobs/walk-daily/history
call GET /scheduler/jobs/walk-daily/statistics
call GET /scheduler/status
call GET '/files?limit=5'
call GET /quarantine
call GET /pipeline/reports
call POST /ingest --header "Idempotency-Key: $key"
call GET /metrics --header 'Accept: application/json'

step 'Carry the jobs elsewhere: export, and what importing them again would change'
exported=$(call GET /scheduler/config/export)
call POST '/scheduler/config/import?dry_run=true' --header 'If-Match: *' --data "$exported"

step 'A token, and what the audit log says of it'
made=$(call POST /tokens --data '{"name": "walk", "role": "viewer", "expires_in_days": 1}')
id=$(sed -n 's/.*"token_id":"\([^"]*\)".*/\1/p' <<<"$made")
call DELETE "/tokens/$id"
call GET '/audit?limit=3'

step 'Tidy up'
for job in walk-daily walk-hourly walk-once walk-weekly; do call DELETE "/scheduler/jobs/$job"; done
echo 'That was the whole API.'
