"""
What OpenLineage's own Python client says of run events, each a line of JSON on the standard input.

`check` prints a list of lists: for each event, what its classes do not take. They are generated from the specification, so they have its
fields, what is required, the types, and the version of each facet. An event that they take is written by the client again, and must be the
same. `send` hands each event to the client, which sends it where the environment says.
"""

import importlib
import json
import pkgutil
import re
import sys
import types
import typing
from enum import Enum

import attr
from openlineage.client import OpenLineageClient, generated
from openlineage.client.event_v2 import RunEvent
from openlineage.client.generated.base import BaseFacet
from openlineage.client.serde import Serde

for module in pkgutil.iter_modules(generated.__path__):
    importlib.import_module(f"{generated.__name__}.{module.name}")


def below(cls):
    return {cls.__name__: cls} | {name: one for sub in cls.__subclasses__() for name, one in below(sub).items()}


FACETS = below(BaseFacet)

# Keys that are not the name of their schema without its last words.
KEYS = {"ProcessingEngineRunFacet": "processing_engine", "DatasourceDatasetFacet": "dataSource"}


def key_of(schema):
    words = re.sub(r"(InputDataset|OutputDataset|Dataset|Run|Job)Facet$", "", schema)
    return KEYS.get(schema, words[:1].lower() + words[1:])


class Reader:
    def __init__(self):
        self.faults = []

    def fault(self, path, what):
        self.faults.append(f"{path}: {what}")

    def facet(self, base, key, given, path):
        name = str(given.get("_schemaURL")).rpartition("/")[2]
        cls = FACETS.get(name)
        if cls is None or not issubclass(cls, base) or cls is base:
            return self.fault(path, f"{name} is no {base.__name__}")
        if key != key_of(name):
            self.fault(path, f"{name} is told as {key_of(name)}")
        return self.object(cls, given, path)

    def object(self, cls, given, path):
        if not isinstance(given, dict):
            return self.fault(path, "is no object")
        hints = typing.get_type_hints(cls)
        fields = {field.name: field for field in attr.fields(cls)}
        for name in given.keys() - fields.keys():
            self.fault(path, f"{cls.__name__} has no {name}")
        values = {}
        for name, field in fields.items():
            if name in given:
                value = self.value(hints[name], given[name], f"{path}.{name}")
                if field.init:
                    values[field.alias] = value
                elif value != cls._get_schema():
                    self.fault(path, f"{name} is {value}, expected {cls._get_schema()}")
            elif field.default is attr.NOTHING or name in ("_producer", "producer", "_schemaURL", "schemaURL"):
                self.fault(path, f"lacks {name}")
        if self.faults:
            return None
        try:
            return cls(**values)
        except Exception as error:  # Whatever a validator has to say.
            return self.fault(path, f"{type(error).__name__}: {error}")

    def value(self, hint, given, path):
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            (hint,) = [one for one in arguments if one is not type(None)]
            return self.value(hint, given, path)
        if origin is list:
            if not isinstance(given, list):
                return self.fault(path, "is no list")
            return [self.value(arguments[0], one, f"{path}[{at}]") for at, one in enumerate(given)]
        if origin is dict:
            if not isinstance(given, dict):
                return self.fault(path, "is no object")
            of = arguments[1]
            if isinstance(of, type) and issubclass(of, BaseFacet):
                return {key: self.facet(of, key, one, f"{path}.{key}") for key, one in given.items()}
            return {key: self.value(of, one, f"{path}.{key}") for key, one in given.items()}
        if hint is typing.Any:
            return given
        if isinstance(hint, type) and issubclass(hint, Enum):
            if given not in [one.value for one in hint]:
                return self.fault(path, f"is no {hint.__name__}: {given}")
            return hint(given)
        if attr.has(hint):
            return self.object(hint, given, path)
        number = hint is float and isinstance(given, int)
        if isinstance(given, bool) != (hint is bool) or not (isinstance(given, hint) or number):
            return self.fault(path, f"is no {hint.__name__}: {given!r}")
        return given


def bare(value):
    """Without what says nothing: the client leaves out nulls, and adds empty lists."""
    if isinstance(value, list):
        return [bare(one) for one in value]
    if isinstance(value, dict):
        said = {name: bare(one) for name, one in value.items()}
        return {name: one for name, one in said.items() if one not in (None, [], {})}
    return value


def read(line):
    reader = Reader()
    event = reader.object(RunEvent, json.loads(line), "event")
    if not reader.faults and bare(Serde.to_dict(event)) != bare(json.loads(line)):
        reader.fault("event", f"is written as {Serde.to_json(event)}")
    return event, reader.faults


lines = [line for line in sys.stdin.read().splitlines() if line]
if sys.argv[1] == "check":
    print(json.dumps([read(line)[1] for line in lines]))
else:
    client = OpenLineageClient()
    for line in lines:
        client.emit(read(line)[0])
    client.close()
