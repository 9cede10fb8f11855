"""The kinds of models that the API's schemas are: what is taken, what is given, and the words of a query."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.alias_generators import to_camel

from gas.domain.times import time_text

Word = Field(strict=False)
"""For an enumeration in a strict model: JSON has its words and not its members."""

Moment = Annotated[
    datetime,
    PlainSerializer(time_text, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time, told as all of GAS tells it."""

LARGEST_TOLD = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""


class Taken(BaseModel):
    """What a request brings: exactly what is named, and nothing beside."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", strict=True, use_attribute_docstrings=True
    )


class Given(BaseModel):
    """What an answer tells."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, from_attributes=True, use_attribute_docstrings=True
    )


class Query(BaseModel):
    """What stands in an address."""

    model_config = ConfigDict(use_attribute_docstrings=True)
