"""Sends a GET with requests-kerberos, which insists on mutual authentication, and prints what came
of it as JSON.

    requests_kerberos_get.py URL [CA_FILE]
"""

import json
import sys

import requests
from requests_kerberos import REQUIRED, HTTPKerberosAuth
from requests_kerberos.exceptions import MutualAuthenticationError


def main():
    url, *ca_file = sys.argv[1:]
    with requests.Session() as session:
        # Whatever the environment says of proxies and certificates.
        session.trust_env = False
        session.verify = ca_file[0] if ca_file else True
        session.auth = HTTPKerberosAuth(mutual_authentication=REQUIRED)
        try:
            response = session.get(url, timeout=60)
            outcome = {"status": response.status_code, "body": response.text}
        except MutualAuthenticationError as error:
            outcome = {"error": f"MutualAuthenticationError: {error}"}
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
