"""Calls the whoami service of gRPC with a token of SPNEGO in the metadata, and prints what came of it
as JSON: code, metadata, the response in base64, and whether the service has proved who it is.

    negotiate_calls.py ADDRESS [HOST_BASED_SERVICE]
"""

import faulthandler
import json
import sys
from base64 import b64decode, b64encode

import gssapi
import grpc

WHO_AM_I = "/portcullis.whoami.v1.WhoAmI/Get"
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")


def pairs(metadata):
    return [[name, value] for name, value in metadata or ()]


def main():
    address, *service = sys.argv[1:]
    context = gssapi.SecurityContext(
        name=gssapi.Name(*service or ["HTTP@localhost"], gssapi.NameType.hostbased_service),
        mech=SPNEGO,
        flags=[gssapi.RequirementFlag.mutual_authentication],
        usage="initiate",
    )
    metadata = (("authorization", "Negotiate " + b64encode(context.step()).decode()),)
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        stub = channel.unary_unary(WHO_AM_I, request_serializer=bytes, response_deserializer=bytes)
        call = stub.future(b"", metadata=metadata, timeout=60)
        outcome = {"code": call.code().name, "details": call.details()}
        outcome["initial"], outcome["trailing"] = pairs(call.initial_metadata()), pairs(call.trailing_metadata())
        if call.code() is grpc.StatusCode.OK:
            outcome["response"] = b64encode(call.result()).decode()
    replies = [value for name, value in outcome["initial"] if name == "www-authenticate"]
    for reply in replies:
        scheme, _, token = reply.partition(" ")
        if scheme == "Negotiate" and token:
            context.step(b64decode(token))
    outcome["proved"] = context.complete
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    # Whatever hangs, in grpcio too, is a failure that says where, and not a test without an end.
    faulthandler.dump_traceback_later(120, exit=True)
    main()
