"""moto's server, relaxed in four places so that `serverless deploy` can be rehearsed against it.

1. Its ValidateTemplate runs cfn-lint, and refuses a template for a warning; the templates are linted elsewhere.
2. Resource types that its CloudFormation does not know break off at the first Fn::GetAtt of one. They become placeholders
   here: created, with a name and with attributes that say whose they are, and nothing else.
3. AWS::NoValue stays in its lists as nothing; CloudFormation leaves it out.
4. A stack that is changed by a change set, as the Serverless Framework changes all, exports and imports nothing.

What that shows: that the commands of the Serverless Framework go through, and that the stacks find each other's values.
It shows nothing of what AWS would do with a placeholder, nor of the order in which CloudFormation works.
"""

import sys

from moto.cloudformation import models, parsing
from moto.core.common_models import CloudFormationModel
from moto.server import main


class Placeholder(CloudFormationModel):
    # moto files its models under the second part of their module's name.
    __module__ = "moto.placeholder"

    def __init__(self, name):
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_name_type():
        return ""

    @staticmethod
    def cloudformation_type():
        return "Placeholder"

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute):
        return f"arn:aws:placeholder:::{self.physical_resource_id}/{attribute}"

    @classmethod
    def create_from_cloudformation_json(cls, name, json, account_id, region_name, **kwargs):
        return cls(name)

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, **kwargs):
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, name, json, account_id, region_name):
        return None


def class_of(resource_type, known=parsing.resource_class_from_type):
    return known(resource_type) or Placeholder


def cleaned(json, resources, clean=parsing.clean_json):
    value = clean(json, resources)
    return [item for item in value if item is not None] if isinstance(value, list) else value


def execute(backend, *args, execute=models.CloudFormationBackend.execute_change_set, **kwargs):
    for stack in backend.stacks.values():
        stack.resource_map.cross_stack_resources = backend.exports
    execute(backend, *args, **kwargs)
    for stack in backend.stacks.values():
        stack._parse_template()
        stack.output_map = stack._create_output_map()
        backend.exports.update({export.name: export for export in stack.exports})


models.CloudFormationBackend.execute_change_set = execute
models.validate_template_cfn_lint = lambda template: []
parsing.resource_class_from_type = class_of
parsing.clean_json = cleaned

if __name__ == "__main__":
    sys.exit(main())
