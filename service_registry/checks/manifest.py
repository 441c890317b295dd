"""Rules between the fields of a manifest. Each is independent of the others and yields all it finds."""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from core.source import Path
from service_registry.checks.draft import Draft, found, values
from service_registry.manifest import Access, OperationAccess
from service_registry.reading.files import Finding, Place

Rule = Callable[[Draft], Iterator[Finding]]

LARGEST_ICON: Final = 8 * 1024
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ACTIVE_SVG: Final = re.compile(
    rb"<script|<style|<foreignObject|<!|\son\w+\s*=|href\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)", re.IGNORECASE
)
_NEEDS: Final = {"phone": 1, "name": 2, "id_number": 2, "enterprise.credit_code": 2, "enterprise.name": 2}


def folder_is_named_for_the_card(draft: Draft) -> Iterator[Finding]:
    """The id is the name of the folder."""
    name = draft.files.folder.name
    if draft.manifest.id != name:
        yield found(("id",), f"the id is `{draft.manifest.id}`, the folder `{name}`", "Give both the same name.")


def theme_exists(draft: Draft) -> Iterator[Finding]:
    """The theme is one of themes.yaml."""
    themes = draft.surroundings.themes
    if draft.manifest.theme not in themes:
        problem = f"there is no theme `{draft.manifest.theme}`"
        yield found(("theme",), problem, f"Use one of {', '.join(themes)}, or add it to themes.yaml.")


def texts_are_whole(draft: Draft) -> Iterator[Finding]:
    """Every text stands in Chinese and in English, with nothing in it that cannot be seen."""
    for path, value in values(draft.data):
        if isinstance(value, dict) and set(value) == {"zh", "en"}:
            for problem, remedy in text_faults(value):
                yield found(path, problem, remedy)


def text_faults(text: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """What is wrong with the two languages of one text."""
    chinese, english = str(text["zh"]), str(text["en"])
    if not chinese.strip() or not english.strip():
        yield "the text is empty", "Write it in Chinese and in English, or leave the field out."
    elif _CHINESE.search(english):
        yield "the English text has Chinese in it", "Translate it, for those who do not read Chinese."
    if _UNSEEN.search(chinese + english):
        yield "the text has characters in it that cannot be seen", "Remove them; it may have been pasted."


def item_is_consistent(draft: Draft) -> Iterator[Finding]:
    """Visits in person have a reason, and promised days are days of an item that is promised."""
    item = draft.manifest.item
    if item.on_site_visits and item.on_site_reason is None:
        problem = f"{item.on_site_visits} visits in person, and no reason"
        yield found(("item", "on_site_visits"), problem, "Give the reason in `on_site_reason`, or make it 0.")
    if item.on_site_reason and not item.on_site_visits:
        yield found(("item", "on_site_reason"), "a reason for coming, and no visit", "Leave it out.")
    if item.project_type == 1 and item.promise_days:
        problem = "done at once (project_type 1), and promised in days"
        yield found(("item", "promise_days"), problem, "Make `promise_days` 0, or `project_type` 2.")
    if item.project_type == 2 and not item.promise_days:
        problem = "a promised time (project_type 2) of no days"
        yield found(("item", "promise_days"), problem, "Say within how many days, or make `project_type` 1.")
    if item.anticipate_days and item.promise_days > item.anticipate_days:
        problem = f"{item.promise_days} days are promised, and the law allows {item.anticipate_days}"
        yield found(("item", "promise_days"), problem, "Promise what the law allows, or less.")


def access_is_consistent(draft: Draft) -> Iterator[Finding]:
    """Personal data is asked for at an assurance level at which it is known."""
    yield from _access_faults(("access",), draft.manifest.access, draft.manifest.access)
    for name, operation in draft.manifest.operations.items():
        if operation.access is not None:
            whole = draft.manifest.access_of(name)
            yield from _access_faults(("operations", name, "access"), operation.access, whole)


def _access_faults(path: Path, own: Access | OperationAccess, whole: Access) -> Iterator[Finding]:
    """`own` is what is written there, `whole` what it amounts to."""
    if own.max_age is not None and whole.assurance == 0:
        problem = "`max_age` with assurance 0, which has nothing to prove"
        yield found((*path, "max_age"), problem, "Raise `assurance`, or leave `max_age` out.")
    for field in whole.consent if own.consent or own.assurance is not None else ():
        if whole.assurance < _NEEDS[field]:
            problem = f"`{field}` is known from assurance {_NEEDS[field]} on, and {whole.assurance} is asked for"
            yield found((*path, "assurance"), problem, f"Make `assurance` at least {_NEEDS[field]}.")
    if own.consent and len(set(own.consent)) < len(own.consent):
        yield found((*path, "consent"), "a field stands there twice", "Keep one of them.")


_SECTIONS: Final = {"query": ("upstream", "operations"), "booking": ("booking",), "link": ("link",)}


def sections_fit_the_kind(draft: Draft) -> Iterator[Finding]:
    """The card has the sections of its kind and no others, and asks for no consent it has no use for."""
    kind, data = draft.manifest.kind, draft.data
    for owner, sections in _SECTIONS.items():
        for section in sections:
            if owner == kind and not data.get(section):
                problem = f"a card of kind `{kind}` without `{section}`"
                yield found((section,), problem, f"Add `{section}:`; see the example in docs/cards.md.")
            if owner != kind and section in data:
                problem = f"`{section}` in a card of kind `{kind}`"
                yield found((section,), problem, f"Remove it, or make the kind `{owner}`.")
    if kind != "query" and draft.manifest.access.consent:
        problem = f"a card of kind `{kind}` hands nothing to a department"
        yield found(("access", "consent"), problem, "Leave `consent` out: what is not handed over is not asked for.")
    link = draft.manifest.link
    if link is not None and link.url is None and link.mini_program is None:
        yield found(("link",), "a link that leads nowhere", "Give `url` or `mini_program`.")


def limits_are_reachable(draft: Draft) -> Iterator[Finding]:
    """One citizen may not use more than all citizens together."""
    limits = draft.manifest.limits
    citizen, card = limits.per_citizen, limits.per_card
    if citizen.count * card.seconds > card.count * citizen.seconds and citizen.seconds >= card.seconds:
        problem = f"one citizen may use more ({citizen}) than all together ({card})"
        yield found(("limits", "per_citizen"), problem, "Lower it, or raise `per_card`.")


def address_is_known_and_safe(draft: Draft) -> Iterator[Finding]:
    """The department's address is known, carries no password, and in production is https."""
    upstream, settings = draft.manifest.upstream, draft.surroundings.settings
    if upstream is None:
        return
    path = ("upstream", "base_url")
    address = expanded(upstream.base_url, settings or {})
    for name in SETTING.findall(address) if settings is not None else ():
        remedy = "Set it in config.yaml under `departments.addresses`, or write the address here."
        yield found(path, f"no address is configured for `{name}`", remedy)
    if not SETTING.search(address) and not address.startswith(("https://", "http://")):
        yield found(path, f"`{address}` is no address", "Begin it with https://.")
    if draft.surroundings.production and address.startswith("http://"):
        yield found(path, "plain http in production", "Use https: what is sent is about citizens.")
    if "@" in address:
        yield found(path, "a user or password in the address", "Remove it: calls are signed.")


SETTING: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def expanded(address: str, settings: Mapping[str, str]) -> str:
    """The address with the configured values in the place of `${NAME}`; what is not configured stays as it is."""
    return SETTING.sub(lambda name: settings.get(name[1], name[0]), address).rstrip("/")


def icon_can_be_shown(draft: Draft) -> Iterator[Finding]:
    """The icon is there, small, and a picture that does nothing else."""
    name = draft.manifest.icon
    content = draft.files.content(name) if name else None
    if name is None:
        return
    if content is None:
        yield found(("icon",), f"there is no `{name}` in the folder", "Add the picture, or leave `icon` out.")
    elif len(content) > LARGEST_ICON:
        yield found(("icon",), f"`{name}` has {len(content)} bytes", f"Make it at most {LARGEST_ICON}.")
    elif not content.startswith(b"\x89PNG\r\n" if name.endswith(".png") else b"<svg"):
        yield found(("icon",), f"`{name}` is not what its name says", "An svg begins with `<svg`, a png as png does.")
    elif name.endswith(".svg") and _ACTIVE_SVG.search(content):
        yield found(("icon",), f"`{name}` does more than draw", "Remove scripts, events and references from the svg.")


def icon_uri(name: str, content: bytes) -> str:
    """The picture as a `data:` URI, so that showing a catalogue takes no request per card."""
    kind = "svg+xml" if name.endswith(".svg") else "png"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def every_file_is_used(draft: Draft) -> Iterator[Finding]:
    """The card uses every file of its folder."""
    for name in draft.files.names():
        if not draft.files.was_read(name) and name != "README.md":
            remedy = "Refer to it from card.yaml, or delete it. Notes go into README.md."
            yield Finding(Place(name), "nothing refers to this file", remedy)


RULES: Final[tuple[Rule, ...]] = (
    folder_is_named_for_the_card,
    theme_exists,
    texts_are_whole,
    item_is_consistent,
    access_is_consistent,
    sections_fit_the_kind,
    limits_are_reachable,
    address_is_known_and_safe,
    icon_can_be_shown,
    every_file_is_used,
)
