#!/bin/sh
# Gives the Temporal server what charlie expects of it: the namespace, and in it the search attributes that runs are found
# by. The server and the namespace are in the environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE), and so is how long
# histories are kept (RETENTION). Repeating it changes nothing.
set -eu

attributes=${1:?the path of search-attributes.json}

# The parts of a server learn of something new one after the other, within a minute or so.
until_it_works() {
  attempts=0
  until "$@"; do
    attempts=$((attempts + 1))
    [ "$attempts" -lt 60 ] || return 1
    sleep 2
  done
}

namespace_exists() {
  temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null
}

namespace_exists || temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
until_it_works namespace_exists

# One entry a line: "Name": "Type". Whether queries know the name is what the wait is for.
sed -n 's/^ *"\(.*\)": "\(.*\)".*/\1 \2/p' "$attributes" | while read -r name type; do
  until_it_works temporal operator search-attribute create --name "$name" --type "$type"
  until_it_works temporal workflow count --query "$name is null" >/dev/null
done
