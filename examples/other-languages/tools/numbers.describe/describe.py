"""A tool in Python: JSON on standard input, JSON on standard output, its log on standard error."""

import json
import statistics
import sys

numbers = json.load(sys.stdin)["numbers"]
print(f"{len(numbers)} numbers", file=sys.stderr)
json.dump(
    {
        "mean": statistics.fmean(numbers),
        "median": statistics.median(numbers),
        "deviation": statistics.stdev(numbers),
    },
    sys.stdout,
)
