"""What the documentation names is there: files, headings, commands, settings, error codes, modules, packages."""

import argparse
import ast
import importlib
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel

import server.cli
from handlers import routes
from handlers.http.problems import known_errors
from server.cli import tour
from server.config import Settings, load
from service_registry.manifest import Manifest
from tests.pages import PAGES, ROOT, blocks, named, prose, section, spans

README, CHINESE = named("README.md"), named("README.zh-CN.md")
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ("var", ".venv")}
SOURCE = "".join(path.read_text() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
SUFFIXES = (".md", ".py", ".yaml", ".json", ".toml", ".lock", ".svg", ".pem", ".db", ".txt")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def anchors(page: str) -> set[str]:
    """The headings as GitHub makes addresses of them."""
    headings = re.findall(r"^#{1,6} (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        if re.match(r"[a-z]+://", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text()), link


@pages
def test_files_that_are_named_are_there(page: Path) -> None:
    for span in spans(page.read_text()):
        if re.fullmatch(r"[\w.*-]+(/[\w.*-]+)+/?", span) and span.partition("/")[0] in FOLDERS:
            assert list(ROOT.glob(span.rstrip("/"))) or is_an_example(span), span


def is_an_example(path: str) -> bool:
    """What a reader is told to make."""
    return "gy.water_bill" in path or "gy.reading_room" in path or "NAME" in path


# --- commands ---


def commands(page: str) -> Iterator[str]:
    """Each `./run …`, in blocks and in the prose."""
    lines = [line for block in blocks(page) for line in block.text.splitlines()]
    for text in (*lines, *spans(page)):
        if found := re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )?(\./run(?: [^#]*)?)(?:#|$)", text.strip()):
            yield found[1].strip()


OF_RUN_ITSELF = {"build"}
"""Commands that ./run carries out without the command line in Python."""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(exit_on_error=False)
    added = made.add_subparsers(required=True)
    for module in pkgutil.iter_modules(server.cli.__path__):
        command = importlib.import_module(f"server.cli.{module.name}")
        if hasattr(command, "add_to"):
            command.add_to(added)
    return made


@pages
def test_commands_are_those_of_the_command_line(page: Path) -> None:
    for command in commands(page.read_text()):
        words = words_of(command)
        assert words == ["COMMAND"] or words[0] in OF_RUN_ITSELF or parses(words) or parses([*words, "--help"]), command


@pytest.mark.parametrize(("page", "heading"), [(README, "Commands"), (CHINESE, "命令")])
def test_each_option_in_the_table_is_one_of_its_command(page: str, heading: str) -> None:
    rows = [list(spans(line)) for line in section(page, heading).splitlines() if line.startswith("| `./run")]
    assert len(rows) >= 8
    for command, *others in rows:
        for option in others:
            if option.startswith("--"):
                assert parses(words_of(f"{command} {option}")), (command, option)


def words_of(command: str) -> list[str]:
    words = [{"N": "1", "…": "gy.example"}.get(word, word) for word in shlex.split(command)[1:]]
    return ["serve", *words] if not words or words[0].startswith("-") else words


def parses(words: list[str]) -> bool:
    try:
        parser().parse_args(words)
    except argparse.ArgumentError:
        return False
    except SystemExit as end:
        return end.code == 0  # --help
    return True


def test_the_table_of_commands_has_them_all() -> None:
    told = {shlex.split(command)[1] for command in commands(section(README, "Commands")) if " " in command}
    offered = {name for action in parser()._subparsers._group_actions for name in action.choices or ()}  # type: ignore[union-attr]
    assert told - {"COMMAND", "ID"} == offered | OF_RUN_ITSELF


@pages
def test_modules_that_are_run_are_there(page: Path) -> None:
    for module in re.findall(r"python -m ([a-z0-9_.]+)", page.read_text()):
        assert find_spec(module), module


# --- settings and codes ---


def paths_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield above + name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from paths_of(kind, f"{above}{name}.")


@pages
def test_settings_fields_of_cards_and_error_codes_that_are_named_are_there(page: Path) -> None:
    assert routes  # every error class is loaded
    known = {*paths_of(Settings), *paths_of(Manifest), *known_errors()}
    areas = {path.partition(".")[0] for path in known}
    for span in spans(page.read_text()):
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", span) and span.partition(".")[0] in areas:
            assert span in known or is_otherwise_known(span, known), span


def is_otherwise_known(dotted: str, known: set[str]) -> bool:
    """A group of codes, a file, a module or something in one, or an event of the log."""
    path = ROOT / dotted.replace(".", "/")
    modules = (path, path.with_suffix(".py"), path.parent.with_suffix(".py"))
    group = any(name.startswith(f"{dotted}.") for name in known)
    return group or dotted.endswith(SUFFIXES) or any(map(Path.exists, modules)) or f'"{dotted}"' in SOURCE


def test_settings_that_are_shown_can_be_used(tmp_path: Path) -> None:
    shown = [block.text for block in blocks(named("docs/configuration.md")) if block.language == "yaml"]
    for place, text in enumerate(shown):
        file = tmp_path / f"{place}.yaml"
        file.write_text(text)
        assert load(file).profile == ("production" if "production" in text else "demo")
    assert len(shown) == 3


# --- code ---


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_code_that_is_shown_is_python_of_names_that_exist(name: str) -> None:
    found = [block.text for block in blocks(named(name)) if block.language == "python"]
    assert found
    known = set(re.findall(r"\w+", SOURCE)) | set(re.findall(r"(?:class|def) (\w+)", "".join(found)))
    for text in found:
        tree = ast.parse(text)
        missing = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - known
        assert missing <= {"NameDocuments", "name_documents"}, missing


# --- what stands twice ---


def test_both_readmes_say_the_same_to_type() -> None:
    typed = [[block.text for block in blocks(page) if block.language == "sh"] for page in (README, CHINESE)]
    assert typed[0] == typed[1]
    assert typed[0]
    assert sorted(set(commands(README))) == sorted(set(commands(CHINESE)))
    shown = [[block.text for block in blocks(page) if block.language in ("json", "yaml")] for page in (README, CHINESE)]
    assert shown[0] == shown[1]


def test_both_readmes_list_the_dependencies_there_are() -> None:
    project = tomllib.loads(named("pyproject.toml"))
    wanted = {re.match(r"[a-z-]+", line)[0] for line in project["project"]["dependencies"]}  # type: ignore[index]
    for page, heading in ((README, "Dependencies"), (CHINESE, "依赖")):
        rows = re.findall(r"^\| ([a-z, -]+) \|", section(page, heading), re.MULTILINE)
        assert {name for row in rows for name in row.split(", ")} - {"package"} == wanted
        for line in project["dependency-groups"]["test"]:
            name = re.match(r"[a-z-]+", line)[0]  # type: ignore[index]
            assert name in section(page, heading) or name.startswith("types-")


def test_the_tour_is_shown_as_it_goes() -> None:
    source = Path(tour.__file__).read_text()
    titles = re.findall(r"self\.step\(f?\"([^\"{]+)", source) + re.findall(
        r"^ +\(\"gy.*, \"([^\"]+)\"\),$", source, re.MULTILINE
    )
    for page in (README, CHINESE):
        steps = re.findall(
            r"^ ?[0-9]+\. (.+)$", next(block.text for block in blocks(page) if " 1. " in block.text), re.MULTILINE
        )
        assert len(steps) == 17
        assert all(any(step.startswith(title) for title in titles) for step in steps), (steps, titles)


def test_the_index_of_docs_names_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w.]+)\)", named("docs/README.md")))
    assert linked == {path.name for path in (ROOT / "docs").iterdir() if path.name != "README.md"}


def test_what_is_generated_is_linked_as_generated() -> None:
    for line in named("docs/README.md").splitlines():
        if any(name in line for name in ("cards.md](", "errors.md](", "card.schema.json](")):
            assert "(generated)" in line


def test_yaml_and_json_that_is_shown_is_well_formed() -> None:
    for path in PAGES:
        for block in blocks(path.read_text()):
            if block.language in ("yaml", "json"):
                yaml.safe_load(block.text)
