"""Uses the API of Argo as the client does that is generated from it (argo-workflows), and prints what came of it as JSON.

    argo_calls.py URL NAMESPACE TOKEN TOKEN_OF_NOBODY
"""

import json
import sys

import argo_workflows
from argo_workflows.api import event_service_api, info_service_api, workflow_service_api, workflow_template_service_api
from argo_workflows.exceptions import ApiException
from argo_workflows.model.container import Container
from argo_workflows.model.io_argoproj_workflow_v1alpha1_submit_opts import IoArgoprojWorkflowV1alpha1SubmitOpts
from argo_workflows.model.io_argoproj_workflow_v1alpha1_template import IoArgoprojWorkflowV1alpha1Template
from argo_workflows.model.io_argoproj_workflow_v1alpha1_workflow import IoArgoprojWorkflowV1alpha1Workflow
from argo_workflows.model.io_argoproj_workflow_v1alpha1_workflow_create_request import (
    IoArgoprojWorkflowV1alpha1WorkflowCreateRequest,
)
from argo_workflows.model.io_argoproj_workflow_v1alpha1_workflow_spec import IoArgoprojWorkflowV1alpha1WorkflowSpec
from argo_workflows.model.io_argoproj_workflow_v1alpha1_workflow_submit_request import (
    IoArgoprojWorkflowV1alpha1WorkflowSubmitRequest,
)
from argo_workflows.model.io_argoproj_workflow_v1alpha1_workflow_template import (
    IoArgoprojWorkflowV1alpha1WorkflowTemplate,
)
from argo_workflows.model.io_argoproj_workflow_v1alpha1_workflow_template_create_request import (
    IoArgoprojWorkflowV1alpha1WorkflowTemplateCreateRequest,
)
from argo_workflows.model.object_meta import ObjectMeta


def failure(call):
    """The name of the exception, its status, and what the body says."""
    try:
        return ["none", str(call())]
    except ApiException as error:
        body = json.loads(error.body)
        return [type(error).__name__, error.status, body["code"], body["message"]]


def names(listed):
    return [item.metadata.name for item in listed.items]


def main():
    host, namespace, token, nobody = sys.argv[1:]

    def client(token):
        configuration = argo_workflows.Configuration(host=host)
        configuration.api_key["BearerToken"] = token
        configuration.api_key_prefix["BearerToken"] = "Bearer"
        return argo_workflows.ApiClient(configuration)

    def workflows_of(token):
        return workflow_service_api.WorkflowServiceApi(client(token))

    workflows = workflows_of(token)
    templates = workflow_template_service_api.WorkflowTemplateServiceApi(client(token))
    info = info_service_api.InfoServiceApi(client(token))
    said = {"empty": names(workflows.list_workflows(namespace))}

    container = Container(image="busybox", command=["echo"], args=["hello world"])
    spec = IoArgoprojWorkflowV1alpha1WorkflowSpec(
        entrypoint="main", templates=[IoArgoprojWorkflowV1alpha1Template(name="main", container=container)]
    )
    workflow = IoArgoprojWorkflowV1alpha1Workflow(metadata=ObjectMeta(generate_name="hello-"), spec=spec)
    request = IoArgoprojWorkflowV1alpha1WorkflowCreateRequest(workflow=workflow)
    said["workflow"] = workflows.create_workflow(namespace, request).metadata.name
    said["listed"] = names(workflows.list_workflows(namespace))
    said["read"] = workflows.get_workflow(namespace, said["workflow"]).metadata.name
    # It sends `%40latest`.
    said["latest"] = workflows.get_workflow(namespace, "@latest").metadata.name

    template = IoArgoprojWorkflowV1alpha1WorkflowTemplate(metadata=ObjectMeta(name="greet"), spec=spec)
    request = IoArgoprojWorkflowV1alpha1WorkflowTemplateCreateRequest(template=template)
    said["template"] = templates.create_workflow_template(namespace, request).metadata.name
    said["templates"] = names(templates.list_workflow_templates(namespace))
    assert templates.get_workflow_template(namespace, "greet").spec.entrypoint == "main"

    request = IoArgoprojWorkflowV1alpha1WorkflowSubmitRequest(
        resource_kind="WorkflowTemplate",
        resource_name="greet",
        submit_options=IoArgoprojWorkflowV1alpha1SubmitOpts(parameters=["message=hello"]),
    )
    said["submitted"] = workflows.submit_workflow(namespace, request).metadata.name

    events = event_service_api.EventServiceApi(client(token))
    said["bindings"] = names(events.list_workflow_event_bindings(namespace))
    events.receive_event(namespace, "-", {"message": "hello"})

    for name in (said["workflow"], said["submitted"]):
        workflows.delete_workflow(namespace, name)
    templates.delete_workflow_template(namespace, "greet")
    said["left"] = names(workflows.list_workflows(namespace))
    said["templates_left"] = names(templates.list_workflow_templates(namespace))
    said["not_found"] = failure(lambda: workflows.get_workflow(namespace, said["workflow"]))

    said["subject"] = info.get_user_info().subject
    said["modals"] = info.get_info().modals
    said["version"] = info.get_version().version

    said["wrong"] = failure(lambda: workflows_of("anything").list_workflows(namespace))
    said["nobody"] = failure(lambda: workflows_of(nobody).list_workflows(namespace))
    print(json.dumps(said))


if __name__ == "__main__":
    main()
