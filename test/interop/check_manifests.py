"""check_manifests.py SCHEMA... < manifests.yaml: prints one line per manifest that its schema refuses.

A SCHEMA is a file with CustomResourceDefinitions, or compose-spec.json for a docker-compose.yml. Manifests of Kubernetes
itself are held against the schemas of the package kubernetes-validate, unknown fields included.
"""

import json
import sys

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES = "1.32"


def closed(schema):
    """The schema, refusing unknown fields as the API server's strict validation does."""
    if isinstance(schema, dict):
        schema = {key: closed(value) for key, value in schema.items()}
        if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
            schema.setdefault("additionalProperties", False)
    return [closed(item) for item in schema] if isinstance(schema, list) else schema


def read_schemas(paths):
    resources, compose = {}, None
    for path in paths:
        with open(path) as file:
            if path.endswith(".json"):
                compose = json.load(file)
                continue
            for definition in yaml.safe_load_all(file):
                spec = definition["spec"]
                for version in spec["versions"]:
                    schema = closed(version["schema"]["openAPIV3Schema"])
                    schema["properties"]["metadata"] = {"type": "object"}
                    resources[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = schema
    return resources, compose


def check(document, resources, compose):
    if compose is not None:
        jsonschema.validate(document, compose)
        return
    schema = resources.get((document["apiVersion"], document["kind"]))
    if schema is None:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    else:
        jsonschema.validate(document, schema)


def main():
    resources, compose = read_schemas(sys.argv[1:])
    for document in yaml.safe_load_all(sys.stdin):
        try:
            check(document, resources, compose)
        except Exception as error:  # each kind of refusal has a class of its own
            name = document.get("metadata", {}).get("name", "")
            print(document.get("kind", "compose"), name, str(error).splitlines()[0])


main()
