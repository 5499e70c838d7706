"""Calls Armada's API with its own client, and prints what came of each call as JSON.

    armada.py ADDRESS CALLS

CALLS is a list of [AUTHORIZATION, METHOD, ARGUMENTS], in JSON: the metadata `authorization` or null, one of the methods
below, and its arguments by name. What comes of a call is {"ok": …, "initial": […]}, or {"code": …, "details": …,
"challenges": […]}.
"""

import faulthandler
import json
import sys
from datetime import timedelta

import grpc
from armada_client.armada import submit_pb2
from armada_client.client import ArmadaClient
from armada_client.k8s.io.api.core.v1 import generated_pb2 as core_v1
from armada_client.permissions import Permissions, Subject


class Authorized(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Adds the credential, and keeps the call."""

    def __init__(self):
        self.authorization = None
        self.call = None

    def intercept(self, continuation, details, request):
        metadata = list(details.metadata or [])
        if self.authorization is not None:
            metadata.append(("authorization", self.authorization))
        self.call = continuation(details._replace(metadata=metadata, timeout=60), request)
        return self.call

    intercept_unary_unary = intercept_unary_stream = intercept


class Calls:
    def __init__(self, channel):
        self.channel = channel
        self.client = ArmadaClient(channel, event_timeout=timedelta(seconds=60))

    def create_queue(self, name, permissions=(), **owners):
        permissions = [
            Permissions([Subject(kind, subject) for kind, subject in entry["subjects"]], entry["verbs"])
            for entry in permissions
        ]
        queue = self.client.create_queue_request(
            name=name, priority_factor=1.0, permissions=permissions, **owners
        )
        self.client.create_queue(queue)

    def old_create_queue(self, name):
        """Where the document has it."""
        self.client.submit_stub.CreateQueue(submit_pb2.Queue(name=name, priority_factor=1.0))

    def get_queue(self, name):
        queue = self.client.get_queue(name)
        return {"name": queue.name, "owners": list(queue.user_owners)}

    def queue_info(self, name):
        """Newer clients do not have it. The response is in base 16."""
        method = self.channel.unary_unary(
            "/api.Submit/GetQueueInfo",
            request_serializer=submit_pb2.QueueGetRequest.SerializeToString,
            response_deserializer=bytes.hex,
        )
        return method(submit_pb2.QueueGetRequest(name=name))

    def delete_queue(self, name):
        self.client.delete_queue(name)

    def submit(self, queue, job_set, labels=None):
        container = core_v1.Container(name="main", image="busybox", args=["sleep", "1"])
        item = self.client.create_job_request_item(
            pod_spec=core_v1.PodSpec(containers=[container]), namespace="default", labels=labels
        )
        response = self.client.submit_jobs(queue, job_set, [item])
        return [item.job_id for item in response.job_response_items]

    def cancel(self, queue, job_set, job=None):
        result = self.client.cancel_jobs(queue, job_set, job)
        return list(result.cancelled_ids) if job else None

    def watch(self, queue, job_set, until):
        """All events up to the first one of this type."""
        events = []
        stream = self.client.get_job_events_stream(queue, job_set)
        for message in stream:
            event = self.client.unmarshal_event_response(message)
            told = {"type": event.type.value, "id": event.id, "job": event.message.job_id, "queue": event.message.queue}
            if told["type"] == "submitted":
                told["owner"] = event.message.job.owner
            if told["type"] == "cancelled":
                told["requestor"] = event.message.requestor
            events.append(told)
            if told["type"] == until:
                break
        self.client.unwatch_events(stream)
        return events


def main():
    address, calls = sys.argv[1:]
    interceptor = Authorized()
    outcomes = []
    with grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)]) as channel:
        client = Calls(grpc.intercept_channel(channel, interceptor))
        for interceptor.authorization, method, arguments in json.loads(calls):
            try:
                outcome = {"ok": getattr(client, method)(**arguments)}
                outcome["initial"] = [[name, value] for name, value in interceptor.call.initial_metadata() or ()]
            except grpc.RpcError as error:
                challenges = [value for name, value in error.trailing_metadata() or () if name == "www-authenticate"]
                outcome = {"code": error.code().value[0], "details": error.details(), "challenges": challenges}
            outcomes.append(outcome)
    json.dump(outcomes, sys.stdout)


if __name__ == "__main__":
    # Whatever hangs, in grpcio too, is a failure that says where, and not a test without an end.
    faulthandler.dump_traceback_later(120, exit=True)
    main()
