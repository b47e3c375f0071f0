"""Loads one CSV file with dlt's filesystem source and read_csv: what its documentation shows, with the types of the columns declared."""

import json
import sys
import tempfile
from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_csv

path, url, table, columns, told = Path(sys.argv[1]), sys.argv[2], sys.argv[3], json.loads(sys.argv[4]), json.loads(sys.argv[5])
with tempfile.TemporaryDirectory() as state:
    pipeline = dlt.pipeline(
        "dirty_files", destination=dlt.destinations.postgres(url), dataset_name="dlt", pipelines_dir=state
    )
    files = filesystem(bucket_url=path.parent.as_uri(), file_glob=path.name)
    rows = (files | read_csv(sep=told["delimiter"], encoding=told["encoding"])).with_name(table)
    rows.apply_hints(columns=columns)
    pipeline.run(rows).raise_on_failed_jobs()
