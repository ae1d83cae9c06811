"""docs/metrics.md: what every metric means, made from the definitions.

The general part is written by hand, in `documenting.md` beside this file; names in double braces
stand for what is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from metrics.contributions.rows import converting
from metrics.counted import MANY
from metrics.definition import Computation, Metric, Note
from metrics.estimates import KINDS
from metrics.options import Option
from metrics.presets import presets
from metrics.registry import metric as metric_of
from metrics.registry import metrics
from metrics.units import Unit

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "metrics.md"
TEMPLATE = Path(__file__).with_suffix(".md")
HERE = "docs/metrics.md, "
"""A definition whose `source` begins so belongs below the heading that follows."""

SECTIONS = ("Revenue", "Customers", "Feedback", "Use and support", "Health")
OTHERS = "Others"
_ABOUT = """Made by `manage.py document_metrics` from the definitions in `metrics/definitions/` and
from `metrics/documenting.md`; edit those.""".replace("\n", " ")
_UNITS = {
    Unit.MONEY: "money, in the company's currency",
    Unit.SHARE: "a share: a fraction, which pages show in per cent",
    Unit.COUNT: "a count",
    Unit.RATIO: "a ratio",
    Unit.SCORE: "a score: NPS from -100 to 100, health from 0 to 100",
    Unit.SECONDS: "seconds",
    Unit.HOURS: "hours",
    Unit.DAYS: "days",
    Unit.MONTHS: "months",
}


def page() -> str:
    """The text of docs/metrics.md."""
    text = TEMPLATE.read_text("utf-8")
    made = {
        "about": _ABOUT,
        "index": _lines(_index()),
        "metrics": _lines(_sections()),
        "readings": _lines(_readings()),
        "presets": _lines(_presets()),
    }
    for name, part in made.items():
        text = text.replace(f"{{{{ {name} }}}}", part)
    return text


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip("\n")


def section_of(metric: Metric) -> str:
    """The heading that the metric stands below."""
    named = metric.source.removeprefix(HERE)
    return next((section for section in SECTIONS if named.startswith(section)), OTHERS)


def _index() -> Iterator[str]:
    yield "| metric | formula |"
    yield "|---|---|"
    for metric in metrics():
        yield f"| [`{metric.key}`](#{metric.key}) | {_cell(metric.formula)} |"


def _sections() -> Iterator[str]:
    for section in (*SECTIONS, OTHERS):
        found = [metric for metric in metrics() if section_of(metric) == section]
        if found:
            yield f"## {section}"
            yield ""
            for metric in found:
                yield from _section(metric)


def _section(metric: Metric) -> Iterator[str]:
    yield f"### {metric.key}"
    yield ""
    yield f"**{metric.name}**. {metric.help}".strip()
    yield ""
    yield from _facts(metric)
    if metric.options:
        yield ""
        yield "| option | | values, the default first |"
        yield "|---|---|---|"
        for option in metric.options:
            yield f"| `{option.name}` | {_cell(option.label)} | {_cell(_values(option))} |"
    shared = _shared()
    own = [note for note in metric.notes if note not in shared]
    if own:
        yield ""
        yield from (_bullet(note) for note in own)
    elsewhere = [_name(note) for note in metric.notes if note in shared]
    if elsewhere:
        yield ""
        yield f"Read also [below](#readings-that-metrics-share): {', '.join(elsewhere)}."
    yield ""


def _facts(metric: Metric) -> Iterator[str]:
    yield f"- Question: {metric.question}"
    yield f"- Formula: {metric.formula}."
    good = f"; {metric.direction} is better" if metric.direction else ""
    yield f"- Unit: {_UNITS[metric.unit]}{good}. n counts {metric.n_label(MANY)}."
    yield f"- Interval: {interval_of(metric)}."
    own = ", ".join(f"`{split}`" for split in metric.splits)
    yield f"- Split by: {f'{own}, and by ' if own else ''}customer attributes, product and plan."
    money = currencies_of(metric)
    if money:
        yield f"- Contracts in several currencies: {money}."
    outside = "" if metric.source.startswith(HERE) else f"; source: {metric.source}"
    yield f"- Version {metric.version}{outside}."
    yield f"- Page: `/metrics/{metric.key}/`; API: `/api/v1/metrics/{metric.key}/`."


def computations(metric: Metric) -> Iterator[tuple[str, Computation]]:
    """The default ('') and each other choice, as `option=choice`."""
    yield "", metric.compute(metric.choose({}))
    for option in metric.options:
        for choice in option.choices[1:]:
            computed = metric.compute(metric.choose({option.name: choice.value}))
            yield f"`{option.name}={choice.value}`", computed


def _by_choice(said: Iterable[tuple[str, str]]) -> str:
    """What is said of the default, and of the choices of which something else is."""
    usual, others = "", dict[str, list[str]]()
    for way, words in said:
        if not way:
            usual = words
        elif words != usual:
            others.setdefault(words, []).append(way)
    more = "".join(f"; {', '.join(ways)}: {words}" for words, ways in others.items())
    return f"{usual}{more}"


def interval_of(metric: Metric) -> str:
    """The kind of its 95 % interval, or why there is none, by option."""
    return _by_choice((way, _interval(computed)) for way, computed in computations(metric))


def _interval(computed: Computation) -> str:
    kind = computed.interval or KINDS.get(computed.estimate, "")
    if computed.no_interval or not kind:
        return f"none ({computed.no_interval})" if computed.no_interval else "none"
    return f"{kind}, scaled with the value" if computed.scale else kind


def currencies_of(metric: Metric) -> str:
    """Whether amounts convert, by option; empty where there are none."""
    said = [(way, _currencies(computed)) for way, computed in computations(metric)]
    if not any(computed.measure.is_money for _, computed in computations(metric)):
        return ""
    return _by_choice(said)


def _currencies(computed: Computation) -> str:
    measure = computed.measure
    if not measure.is_money:
        return "nothing to convert"
    return "converted" if converting(measure) else "no value"


def _values(option: Option) -> str:
    if option.numbers is not None or option.is_text:
        default = f"`{option.default}`" if option.default else "empty"
        return f"{option.allowed}; by default {default}: {option.choices[0].label}"
    return "; ".join(
        f"`{choice.value}`: {choice.label}{f' ({choice.why})' if choice.why else ''}"
        for choice in option.choices
    )


def _shared() -> dict[Note, list[str]]:
    """Notes of several metrics, with these; in the order of first use."""
    found: dict[Note, list[str]] = {}
    for metric in metrics():
        for note in metric.notes:
            found.setdefault(note, []).append(metric.key)
    return {note: keys for note, keys in found.items() if len(keys) > 1}


def _readings() -> Iterator[str]:
    for note, keys in _shared().items():
        yield f"{_bullet(note)} (Of {', '.join(f'`{key}`' for key in keys)}.)"


def _bullet(note: Note) -> str:
    return f"- **{note.title}** {note.text}"


def _name(note: Note) -> str:
    return note.title.rstrip(".").replace("`", "")


def _presets() -> Iterator[str]:
    found = presets()
    yield f"| option | {' | '.join(f'`{one.key}`' for one in found)} |"
    yield "|---|" + "---|" * len(found)
    named = dict.fromkeys((s.metric, s.option) for one in found for s in one.settings)
    for key, option in named:
        values = [
            next((s.value for s in one.settings if (s.metric, s.option) == (key, option)), "")
            for one in found
        ]
        name = metric_of(key).name
        yield f"| {name}, `{option}` | {' | '.join(f'`{value}`' for value in values)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
