"""dlt with pyarrow's CSV reader: dlt-load.py FILE POSTGRES_URL FOLDER"""

import sys

import dlt
import pyarrow.csv

file, url, folder = sys.argv[1:]


@dlt.resource(name="calls_dlt", write_disposition="replace")
def calls():
    yield from pyarrow.csv.open_csv(file)


pipeline = dlt.pipeline(
    pipeline_name="bench",
    pipelines_dir=f"{folder}/dlt",
    destination=dlt.destinations.postgres(url),
    dataset_name="dlt",
)
pipeline.run(calls())
