"""The checker: each mistake one can make in a card is named with its file, its line, its path and a remedy."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from service_registry.checker import rendered
from tests.card_workshop import CARD, edit, line_of, problems_of, workshop

YAML, INPUT, OUTPUT = "card.yaml", "schemas/input.json", "schemas/output.json"


@dataclass(frozen=True)
class Mistake:
    """In `file`, `old` is written as `new`; the checker points at the line with `at` in it, in `blamed` (the same file
    when left out), and says `says`."""

    file: str
    old: str
    new: str
    at: str
    path: str
    says: str
    blamed: str = ""


MISTAKES = {
    # --- the form of fields ---
    "a field that is missing": Mistake(YAML, "theme: government\n", "", "id: xx", "theme", "`theme` is missing"),
    "a field that does not exist": Mistake(YAML, "theme:", "teme: x\ntheme:", "teme: x", "teme", "is no field"),
    "a field of an operation that does not exist": Mistake(
        YAML, "safe: true", "safe: true\n    sumary: x", "sumary: x", "operations.records.sumary", "is no field"
    ),
    "a wrong type": Mistake(YAML, "assurance: 2 ", "assurance: '2' ", "assurance:", "access.assurance", "integer"),
    "an assurance level that does not exist": Mistake(
        YAML, "assurance: 2 ", "assurance: 4 ", "assurance:", "access.assurance", "less than or equal to 3"
    ),
    "a version that is no semantic one": Mistake(YAML, "0.1.0", "0.1", "version:", "version", "`0.1`"),
    "a kind that does not exist": Mistake(YAML, "kind: query", "kind: payment", "kind:", "kind", "`payment`"),
    "a quota without a period": Mistake(
        YAML, "per_citizen: 100/day", "per_citizen: 100", "per_citizen:", "limits.per_citizen", "20/day"
    ),
    "a timeout that is too long": Mistake(YAML, "timeout: 3s", "timeout: 1m", "timeout:", "upstream.timeout", "30 sec"),
    "a timeout without a unit": Mistake(YAML, "timeout: 3s", "timeout: 3", "timeout:", "upstream.timeout", "unit"),
    "hours that end before they begin": Mistake(
        YAML, "assurance: 2 ", "hours: 18:00-09:00\n  assurance: 2 ", "hours:", "access.hours", "before the closing"
    ),
    "personal data that is not known": Mistake(
        YAML, "consent: [id_number]", "consent: [id_number, blood]", "consent:", "access.consent[1]", "`blood`"
    ),
    "English that is missing": Mistake(
        YAML, "{zh: 新服务, en: New service}", "{zh: 新服务}", "name: {zh: 新服务", "name.en", "`en` is missing"
    ),
    "a block that does not exist": Mistake(
        YAML, "block: summary", "block: chart", "block: chart", "operations.records.view[0]", "no block `chart`"
    ),
    "a block that does not say which": Mistake(
        YAML, "- block: summary\n        title", "- title", "title: {zh: 合计",
        "operations.records.view[0]", "which one",
    ),
    "a view that is empty": Mistake(
        YAML, "    view:\n", "    view: []\n    refusals: {a: {zh: 甲, en: A}}\nlink:\n", "view: []",
        "operations.records.view", "at least 1 item",
    ),
    "an expression that is not JMESPath": Mistake(
        YAML, "value: total", "value: total[", "value: total[", "operations.records.view[0].value", "not a JMESPath"
    ),
    "a function that does not exist": Mistake(
        YAML, "value: total", "value: summe(entries)", "summe", "operations.records.view[0].value", "no function"
    ),
    "personal data in a path": Mistake(
        YAML, "/records/query", "/records/{citizen.id_number}", "path: /records", "operations.records.request.path",
        "does not have the form",
    ),
    "personal data in a query": Mistake(
        YAML, "/records/query", "/records?id=1", "path: /records", "operations.records.request.path", "the form"
    ),
    "a format that does not exist": Mistake(
        YAML, "format: date}", "format: day}", "format: day", "operations.records.view[1].columns[0].format", "`day`"
    ),
    # --- the card as a whole ---
    "an id that is not the folder's name": Mistake(YAML, "id: xx.starter", "id: xx.other", "id: xx.", "id", "folder"),
    "a theme that does not exist": Mistake(YAML, "theme: government", "theme: gov", "theme:", "theme", "theme `gov`"),
    "an empty text": Mistake(YAML, "en: New service", "en: ' '", "name: {", "name", "is empty"),
    "English that is Chinese": Mistake(YAML, "en: New service", "en: 新服务", "name: {", "name", "has Chinese"),
    "a text with a hidden character": Mistake(
        YAML, "en: New service", 'en: "New\\u200b service"', "name: {", "name", "cannot be seen"
    ),
    "visits without a reason": Mistake(
        YAML, "on_site_visits: 0", "on_site_visits: 1", "on_site_visits", "item.on_site_visits", "no reason"
    ),
    "a reason without visits": Mistake(
        YAML, "on_site_visits: 0", "on_site_visits: 0\n  on_site_reason: {zh: 甲, en: A}", "on_site_reason",
        "item.on_site_reason", "no visit",
    ),
    "an item done at once that is promised": Mistake(
        YAML, "promise_days: 0", "promise_days: 5", "promise_days: 5", "item.promise_days", "done at once"
    ),
    "a promised item of no days": Mistake(
        YAML, "project_type: 1 ", "project_type: 2 ", "promise_days: 0", "item.promise_days", "of no days"
    ),
    "more days than the law allows": Mistake(
        YAML, "promise_days: 0", "anticipate_days: 3\n  promise_days: 5", "promise_days: 5",
        "item.promise_days", "the law allows 3",
    ),
    "a proof of nothing": Mistake(
        YAML, "assurance: 2 ", "max_age: 600\n  assurance: 0 ", "max_age", "access.max_age", "nothing to prove"
    ),
    "personal data before it is known": Mistake(
        YAML, "assurance: 2 ", "assurance: 1 ", "assurance:", "access.assurance", "known from assurance 2"
    ),
    "consent twice": Mistake(
        YAML, "[id_number]", "[id_number, id_number]", "consent:", "access.consent", "twice"
    ),
    "no upstream": Mistake(YAML, "upstream: {", "# {", "id: xx", "upstream", "without `upstream`"),
    "a section of another kind": Mistake(
        YAML, "upstream:", "link: {url: 'https://example.cn/x'}\nupstream:", "link:", "link",
        "in a card of kind `query`",
    ),
    "a link that leads nowhere": Mistake(YAML, "upstream:", "link: {}\nupstream:", "link:", "link", "leads nowhere"),
    "one citizen more than all": Mistake(
        YAML, "per_citizen: 100/day", "per_citizen: 300000/day", "per_citizen", "limits.per_citizen", "all together"
    ),
    "a password in the address": Mistake(
        YAML, '"${STARTER_URL}"', '"https://user:pass@example.cn"', "base_url", "upstream.base_url", "password"
    ),
    "an icon that is not there": Mistake(YAML, "audience:", "icon: a.svg\naudience:", "icon:", "icon", "there is no"),
    # --- requests ---
    "a field of the citizen that does not exist": Mistake(
        YAML, "citizen.id_number,", "citizen.age,", "citizen.age", "operations.records.request.body.id_number", "`age`"
    ),
    "all of the citizen": Mistake(
        YAML, "{id_number: citizen.id_number,", "{id_number: citizen.id_number, all: citizen,", "all: citizen",
        "operations.records.request.body.all", "all that is known",
    ),
    "a field of the input that does not exist": Mistake(
        YAML, "year: input.year", "year: input.year, month: input.month", "input.month",
        "operations.records.request.body.month", "`month`",
    ),
    "a body that is not JMESPath": Mistake(
        YAML, "year: input.year", "year: input.year, k: 'a b'", "k: 'a b'", "operations.records.request.body.k",
        "not a JMESPath",
    ),
    "personal data sent without consent": Mistake(
        YAML, "{id_number: citizen.id_number,", "{id_number: citizen.id_number, phone: citizen.phone,", "citizen.phone",
        "operations.records.request.body.phone", "without the citizen's consent",
    ),
    "consent for what is not sent": Mistake(
        YAML, "consent: [id_number]", "consent: [id_number, name]", "consent:", "access.consent", "does not send it"
    ),
    "input that is not sent": Mistake(
        YAML, ", year: input.year", "", '"year": {', "properties.year", "asked for and not sent", INPUT
    ),
    "a GET with a body": Mistake(
        YAML, "method: POST", "method: GET", "body:", "operations.records.request.body", "a GET with a body"
    ),
    # --- views ---
    "a view of what is not there": Mistake(
        YAML, "value: total", "value: totl", "value: totl", "operations.records.view[0].value", "names `totl`"
    ),
    "a column of what is not in the row": Mistake(
        YAML, "value: amount", "value: sum", "value: sum", "operations.records.view[1].columns[1].value", "names `sum`"
    ),
    "rows that are no list": Mistake(
        YAML, "rows: entries", "rows: total", "rows: total", "operations.records.view[1].rows", "shows array"
    ),
    "a count that is a text": Mistake(
        YAML, "value: date, format: date", "value: date, format: integer", "format: integer}",
        "operations.records.view[1].columns[0].value", "is string",
    ),
    "a date that is a number": Mistake(
        YAML, "value: amount, format: yuan", "value: amount, format: date", "value: amount, format: date}",
        "operations.records.view[1].columns[1].value", "is number",
    ),
    "a condition on what is not there": Mistake(
        YAML, "- block: summary", "- block: summary\n        when: totals > `0`", "when:",
        "operations.records.view[0].when", "names `totals`",
    ),
    "a button to nowhere": Mistake(
        YAML, "- block: summary", "- {block: action, title: {zh: 去, en: Go}, operation: x}\n      - block: summary",
        "block: action", "operations.records.view[0].operation", "no operation `x`",
    ),
    # --- schemas ---
    "a schema that is not there": Mistake(
        YAML, "schemas/output.json", "schemas/missing.json", "missing.json", "operations.records.output.$ref", "no file"
    ),
    "a schema outside of the folder": Mistake(
        YAML, "schemas/output.json", "../../secrets.json", "secrets.json", "operations.records.output.$ref", "no file"
    ),
    "a schema from the network": Mistake(
        YAML, "schemas/output.json", "https://example.cn/a.json", "example.cn",
        "operations.records.output.$ref", "no file",
    ),
    "a reference to no part": Mistake(
        OUTPUT, '{"type": "number"},', '{"$ref": "#/$defs/yuan"},', "$defs/yuan", "properties.total.$ref",
        "names nothing",
    ),
    "a schema that leads to itself": Mistake(
        OUTPUT, '{"type": "number"},', '{"$ref": "#"},', '"#"', "properties.total.$ref", "leads back"
    ),
    "a keyword beside a reference": Mistake(
        OUTPUT, '{"type": "number"},', '{"$ref": "#/properties/entries/items/properties/amount", "minimum": 0},',
        "minimum", "properties.total.minimum", "beside `$ref`",
    ),
    "a schema that is none": Mistake(
        OUTPUT, '"amount": {"type": "number"}', '"amount": {"type": "money"}', '"money"',
        "properties.entries.items.properties.amount.type", "not a JSON Schema",
    ),
    "a pattern that is no pattern": Mistake(
        OUTPUT, '"amount": {"type": "number"}', '"amount": {"type": "number", "pattern": "(?=x)y"}', "(?=x)",
        "properties.entries.items.properties.amount.pattern", "regex",
    ),
    "a keyword that is not used in cards": Mistake(
        OUTPUT, '"type": "object",\n  "required": ["total"', '"$id": "x",\n  "type": "object",\n  "required": ["total"',
        '"$id"', "$id", "`$id`",
    ),
    "a schema that is no JSON": Mistake(OUTPUT, '"amount": {"type": "number"}', '"amount": {,}', "{,}", "", "not JSON"),
    "an answer that does not decide": Mistake(
        OUTPUT, '"additionalProperties": true,\n        ', "", '"items": {', "properties.entries.items", "may hold more"
    ),
    "an answer that is no object": Mistake(
        YAML, "output: {$ref: schemas/output.json}", "output: {type: array}", "output:", "operations.records.output",
        "not of an object",
    ),
    "a number without a maximum": Mistake(
        INPUT, '"maximum": 2100,', "", '"year": {', "properties.year", "without `maximum`"
    ),
    "a text of any length": Mistake(
        INPUT, '"type": "integer"', '"type": "string"', '"year": {', "properties.year", "any length"
    ),
    "a value of no type": Mistake(INPUT, '"type": "integer",', "", '"year": {', "properties.year", "no type"),
    "an input that takes anything": Mistake(
        INPUT, '"additionalProperties": false,', "", "{", "", "takes any field"
    ),
    "a field without a label": Mistake(
        INPUT, '"x-label": {"zh": "年度", "en": "Year"},', "", '"year": {', "properties.year", "no label"
    ),
    "a label in one language": Mistake(
        INPUT, '{"zh": "年度", "en": "Year"}', '{"zh": "年度"}', "x-label", "properties.year.x-label", "two languages"
    ),
    "a hint that does not exist": Mistake(
        INPUT, '"x-widget"', '"x-widgit"', "x-widgit", "properties.year.x-widgit", "no hint"
    ),
    "a widget that does not exist": Mistake(
        INPUT, '"x-widget": "year"', '"x-widget": "dial"', "dial", "properties.year.x-widget", "no widget"
    ),
    "a widget for another type": Mistake(
        INPUT, '"x-widget": "year"', '"x-widget": "switch"', "switch", "properties.year.x-widget", "does not enter"
    ),
    "a prefill that does not exist": Mistake(
        INPUT, '"this_year"', '"citizen.id_number"', "x-prefill", "properties.year.x-prefill", "cannot prefill"
    ),
    "a default that does not fit": Mistake(
        INPUT, '"minimum": 2000,', '"minimum": 2000, "default": 1999,', "default", "properties.year.default", "default"
    ),
    "choices without words": Mistake(
        INPUT, '"type": "integer",', '"type": "string", "enum": ["a"], "maxLength": 1, "x-widget2": 1,',
        "x-widget2", "properties.year.enum", "choices without words",
    ),
    # --- enterprises, and acting for somebody ---
    "an enterprise in a card for persons": Mistake(
        YAML, "{id_number: citizen.id_number,", "{id_number: citizen.id_number, unit: enterprise.name,",
        "enterprise.name", "operations.records.request.body.unit", "not for enterprises alone",
    ),
    "an enterprise's data without its consent": Mistake(
        YAML, "{id_number: citizen.id_number,", "{id_number: citizen.id_number, unit: enterprise.name,",
        "enterprise.name", "operations.records.request.body.unit", "without the citizen's consent",
    ),
    "consent to an enterprise's data that is not sent": Mistake(
        YAML, "consent: [id_number]", "consent: [id_number, enterprise.name]", "consent:", "access.consent",
        "asks for `enterprise.name` and does not send it",
    ),
    "an enterprise's field that does not exist": Mistake(
        YAML, "{id_number: citizen.id_number,", "{id_number: citizen.id_number, unit: enterprise.owner,",
        "enterprise.owner", "operations.records.request.body.unit", "`owner`",
    ),
    "all of an enterprise": Mistake(
        YAML, "{id_number: citizen.id_number,", "{id_number: citizen.id_number, unit: enterprise,",
        "unit: enterprise", "operations.records.request.body.unit", "all that is known of an enterprise",
    ),
    "somebody who acts and does not exist": Mistake(
        YAML, "assurance: 2 ", "acting: [neighbour]\n  assurance: 2 ", "acting:", "access.acting[0]", "`neighbour`"
    ),
    # --- the files themselves ---
    "a key that stands twice": Mistake(YAML, "kind: query", "kind: query\nkind: link", "kind: link", "kind", "twice"),
    "an anchor": Mistake(YAML, "audience: [personal]", "audience: &a [personal]", "audience:", "", "anchor"),
    "bad indentation": Mistake(YAML, "  safe: true", " safe: true", "safe: true", "", "not YAML"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_named_where_it_stands(name: str, tmp_path: Path) -> None:
    mistake, card = MISTAKES[name], workshop(tmp_path)
    edit(card, mistake.file, mistake.old, mistake.new)
    problems = problems_of(card)
    matching = [one for one in problems if one.path == mistake.path and mistake.says in one.problem]
    assert matching, rendered(problems)
    blamed = mistake.blamed or mistake.file
    assert matching[0].file == f"{CARD}/{blamed}"
    assert matching[0].line == line_of(card, blamed, mistake.at)
    assert all(one.remedy and one.problem for one in problems)


def test_a_card_for_enterprises_sends_what_is_theirs_and_may_be_told_who_acts(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    edit(card, YAML, "audience: [personal]", "audience: [enterprise]")
    edit(card, YAML, "consent: [id_number]", "consent: [enterprise.credit_code]")
    edit(card, YAML, "id_number: citizen.id_number", "code: enterprise.credit_code, by: acting")
    assert problems_of(card) == []
    edit(card, YAML, "audience: [enterprise]", "audience: [personal, enterprise]")
    (problem,) = problems_of(card)
    assert "not for enterprises alone" in problem.problem
