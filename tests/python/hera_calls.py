"""Uses the API of Argo as hera does, and prints what came of it as JSON.

    hera_calls.py URL NAMESPACE TOKEN TOKEN_OF_NOBODY
"""

import json
import os
import sys

os.environ["NO_PROXY"] = "*"

from hera.exceptions import HeraException
from hera.workflows import Container, Parameter, Workflow, WorkflowsService, WorkflowTemplate
from hera.workflows.models import SubmitOpts, WorkflowSubmitRequest


def failure(call):
    """The name of the exception, and what it says."""
    try:
        return ["none", str(call())]
    except HeraException as error:
        return [type(error).__name__, str(error)]


def names(listed):
    return [item.metadata.name for item in listed.items]


def main():
    host, namespace, token, nobody = sys.argv[1:]

    def service(token):
        return WorkflowsService(host=host, token=token, namespace=namespace)

    argo = service(token)
    said = {}

    with Workflow(generate_name="hello-", entrypoint="main", namespace=namespace, workflows_service=argo) as workflow:
        Container(name="main", image="busybox", command=["echo"], args=["hello world"])
    said["workflow"] = workflow.create().metadata.name
    said["listed"] = names(argo.list_workflows())
    said["read"] = argo.get_workflow(said["workflow"]).metadata.name
    said["latest"] = argo.get_workflow("@latest").metadata.name

    with WorkflowTemplate(
        name="greet",
        entrypoint="main",
        namespace=namespace,
        workflows_service=argo,
        arguments=[Parameter(name="message", value="goodbye")],
    ) as template:
        Container(name="main", image="busybox", command=["echo"], args=["{{workflow.parameters.message}}"])
    said["template"] = template.create().metadata.name
    said["templates"] = names(argo.list_workflow_templates())
    assert argo.get_workflow_template("greet").spec.entrypoint == "main"
    said["twice"] = failure(template.create)

    options = SubmitOpts(parameters=["message=hello"])
    request = WorkflowSubmitRequest(resource_kind="WorkflowTemplate", resource_name="greet", submit_options=options)
    submitted = argo.submit_workflow(request)
    parameter = submitted.spec.arguments.parameters[0]
    said["submitted"] = [submitted.spec.workflow_template_ref.name, parameter.name, parameter.value]

    for name in (said["workflow"], submitted.metadata.name):
        argo.delete_workflow(name)
    argo.delete_workflow_template("greet")
    said["left"] = names(argo.list_workflows())
    said["templates_left"] = names(argo.list_workflow_templates())
    said["not_found"] = failure(lambda: argo.get_workflow(said["workflow"]))

    said["subject"] = argo.get_user_info().subject
    assert argo.get_info().modals == {"feedback": False, "firstTimeUser": False, "newVersion": False}
    assert argo.get_version().compiler == "rustc"

    said["wrong"] = failure(service("anything").list_workflows)
    said["nobody"] = failure(service(nobody).list_workflows)
    print(json.dumps(said))


if __name__ == "__main__":
    main()
