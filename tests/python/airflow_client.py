"""Calls the API with Airflow's own JSON client, and prints what came of each call as JSON.

    airflow_client.py AIRFLOW URL AUTH CALLS

AIRFLOW is the folder of the unpacked package. AUTH is JSON: `["user", "password"]`, `"kerberos"`, or `{"netrc": path}`,
for which the client is given nothing. CALLS is JSON too: `[["get_pool", {"name": "etl"}], ...]`.
"""

import importlib.util
import json
import os
import sys
import types
import urllib.parse


def module(name, **members):
    made = sys.modules[name] = types.ModuleType(name)
    made.__path__ = []
    vars(made).update(members)


def load(airflow, name):
    spec = importlib.util.spec_from_file_location(name, os.path.join(airflow, *name.split(".")) + ".py")
    loaded = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    setattr(sys.modules[name.rpartition(".")[0]], name.rpartition(".")[2], loaded)
    return loaded


def client_class(airflow):
    """The class, without the rest of Airflow and what that depends on."""
    for name in ["airflow", "airflow.api", "airflow.api.client", "future", "future.moves", "future.moves.urllib"]:
        module(name)
    module("future.moves.urllib.parse", urljoin=urllib.parse.urljoin)
    load(airflow, "airflow.api.client.api_client")
    return load(airflow, "airflow.api.client.json_client").Client


def authentication(wanted):
    os.environ["NETRC"] = wanted["netrc"] if isinstance(wanted, dict) else os.devnull
    if wanted == "kerberos":
        from requests_kerberos import REQUIRED, HTTPKerberosAuth

        # What Airflow's kerberos_auth gives its client.
        return HTTPKerberosAuth(service="airflow", mutual_authentication=REQUIRED)
    return tuple(wanted) if isinstance(wanted, list) else None


def outcome(client, name, arguments):
    try:
        return {"value": getattr(client, name)(**arguments)}
    except OSError as error:
        return {"error": str(error)}


def main():
    airflow, url, wanted, calls = sys.argv[1:]
    # Whatever the environment says of proxies.
    os.environ["NO_PROXY"] = "*"
    client = client_class(airflow)(url, authentication(json.loads(wanted)))
    json.dump([outcome(client, *call) for call in json.loads(calls)], sys.stdout)


if __name__ == "__main__":
    main()
