"""The catalogue, and using what is in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

import orjson
from pydantic import Field, StringConstraints

from core.idempotency import RequestKey
from core.text import Text
from handlers.http.contract import Content, endpoint
from handlers.http.fields import Cursor, Limit, PlainText, Request, View
from handlers.http.handler import Handler
from handlers.http.policy import anyone, citizen
from service_registry.card import LoadedCard
from service_registry.gateway import Gateway
