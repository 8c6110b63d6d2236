"""Reads JSONL files with Hugging Face `datasets`, as trainers do, and prints what it found: columns and rows."""
import json
import sys

import datasets

datasets.disable_progress_bars()
found = {}
for path in sys.argv[2:]:
    rows = datasets.load_dataset("json", data_files=path, split="train", cache_dir=sys.argv[1])
    found[path] = {"columns": rows.column_names, "rows": [row for row in rows]}
print(json.dumps(found))
