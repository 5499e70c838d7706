"""Calls a gRPC server as somebody's client would, and prints what came of it as JSON.

    calls.py ADDRESS

Messages are bytes, so that nothing has to be generated: an empty request is the empty string.
"""

import base64
import faulthandler
import json
import sys

import grpc

WHO_AM_I = "/portcullis.whoami.v1.WhoAmI/Get"
HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
# ServerReflectionRequest { list_services: "" }
LIST_SERVICES = b"\x3a\x00"


def basic(user, password):
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return (("authorization", f"Basic {token}"),)


def same(message):
    return message


def outcome(call):
    """What came of a call: its code, details and metadata, and the response in base64."""
    try:
        response = call()
        return {"code": "OK", "response": base64.b64encode(response).decode()}
    except grpc.RpcError as error:
        metadata = [*(error.initial_metadata() or ()), *(error.trailing_metadata() or ())]
        return {
            "code": error.code().name,
            "details": error.details(),
            "metadata": [[name, value] for name, value in metadata],
        }


def main():
    with grpc.insecure_channel(sys.argv[1], options=[("grpc.enable_http_proxy", 0)]) as channel:
        stubs = {}

        def unary(method, metadata):
            stub = stubs.setdefault(
                method, channel.unary_unary(method, request_serializer=same, response_deserializer=same)
            )
            return outcome(lambda: stub(b"", metadata=metadata, timeout=60))

        reflection = channel.stream_stream(REFLECTION, request_serializer=same, response_deserializer=same)

        def reflect(metadata):
            return outcome(lambda: next(reflection(iter([LIST_SERVICES]), metadata=metadata, timeout=60)))

        print(
            json.dumps(
                {
                    "good": unary(WHO_AM_I, basic("alice", "wonderland")),
                    "wrong": unary(WHO_AM_I, basic("alice", "wrong-password")),
                    "unknown": unary(WHO_AM_I, basic("mallory", "wonderland")),
                    "none": unary(WHO_AM_I, ()),
                    "two": unary(WHO_AM_I, basic("alice", "wonderland") + basic("bob", "bob-the-builder")),
                    "too_large": unary(WHO_AM_I, (("authorization", "Basic " + "A" * 9000),)),
                    "no_such_method": unary("/portcullis.whoami.v1.WhoAmI/Nope", ()),
                    "no_such_method_known": unary(
                        "/portcullis.whoami.v1.WhoAmI/Nope", basic("alice", "wonderland")
                    ),
                    "health": unary(HEALTH, ()),
                    "health_wrong": unary(HEALTH, basic("alice", "wrong-password")),
                    "reflection": reflect(basic("alice", "wonderland")),
                    "reflection_none": reflect(()),
                }
            )
        )


if __name__ == "__main__":
    # Whatever hangs, in grpcio too, is a failure that says where, and not a test without an end.
    faulthandler.dump_traceback_later(120, exit=True)
    main()
