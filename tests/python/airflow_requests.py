"""Sends requests with requests-kerberos, which insists on mutual authentication, and prints what came of each as JSON.

    airflow_requests.py URL SERVICE REQUESTS

REQUESTS is JSON: `[["POST", "/pools", "{...}"], ...]`.
"""

import json
import sys

import requests
from requests_kerberos import REQUIRED, HTTPKerberosAuth
from requests_kerberos.exceptions import MutualAuthenticationError


def outcome(session, service, url, method, body):
    # One for each: it insists once.
    auth = HTTPKerberosAuth(service=service, mutual_authentication=REQUIRED)
    try:
        response = session.request(method, url, data=body or None, auth=auth, timeout=60)
        return {"status": response.status_code, "body": response.text}
    except MutualAuthenticationError as error:
        return {"error": f"MutualAuthenticationError: {error}"}


def main():
    url, service, wanted = sys.argv[1:]
    with requests.Session() as session:
        # Whatever the environment says of proxies and passwords.
        session.trust_env = False
        outcomes = [outcome(session, service, url + path, method, body) for method, path, body in json.loads(wanted)]
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    main()
