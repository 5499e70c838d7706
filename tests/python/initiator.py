"""Makes tokens of SPNEGO, and reads those that a service answers, with the library of MIT.

Reads a request from each line of stdin, and writes an answer to each, both in JSON. It ends when
stdin does. Tokens, and the data of channel bindings, are in base64.

    {"make": 2, "service": "HTTP@localhost", "mechanism": "1.3.6.1.5.5.2", "mutual": true, "bindings": null}
    {"ids": [0, 1], "tokens": ["…", "…"]}

    {"step": 0, "token": "…"}
    {"complete": true}      or      {"error": "…"}
"""

import json
import sys
from base64 import b64decode, b64encode

import gssapi
from gssapi.raw import ChannelBindings

contexts = []


def make(request):
    bindings = request["bindings"]
    if bindings is not None:
        bindings = ChannelBindings(application_data=b64decode(bindings))
    context = gssapi.SecurityContext(
        name=gssapi.Name(request["service"], gssapi.NameType.hostbased_service),
        mech=gssapi.OID.from_int_seq(request["mechanism"]),
        # No flags at all would be the usual ones.
        flags=[gssapi.RequirementFlag.mutual_authentication if request["mutual"] else gssapi.RequirementFlag.integrity],
        usage="initiate",
        channel_bindings=bindings,
    )
    token = context.step()
    contexts.append(context)
    return len(contexts) - 1, b64encode(token).decode()


def answer(request):
    try:
        if "make" in request:
            ids, tokens = zip(*(make(request) for _ in range(request["make"])), strict=True)
            return {"ids": ids, "tokens": tokens}
        context = contexts[request["step"]]
        context.step(b64decode(request["token"]))
        return {"complete": context.complete}
    except gssapi.exceptions.GSSError as error:
        return {"error": str(error)}


def main():
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
