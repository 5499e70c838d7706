"""Runs a piece of Python that shows a request with requests, and prints the status and the body of its answer as JSON.

    airflow_snippet.py CODE

The last line of the code is an expression, whose value is the answer.
"""

import json
import sys


def main():
    *before, last = sys.argv[1].strip().splitlines()
    names = {}
    exec("\n".join(before), names)
    response = eval(last, names)
    json.dump({"status": response.status_code, "body": response.text}, sys.stdout)


if __name__ == "__main__":
    main()
