"""The rows of a score's working, written at once: a hundred cells cost a template its time."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from csm_portal.templatetags import portal
from metrics.health.waterfall import Step

register = template.Library()


@register.simple_tag
def waterfall_rows(steps: Iterable[Step]) -> SafeString:
    """A `tr` for each signal: what was measured, its points and weight, and what it contributes,
    also as a bar."""
    rows = [_left_out(step) if step.is_left_out else _counted(step) for step in steps]
    return mark_safe("\n".join(rows))  # noqa: S308 - every text in it is escaped


def _left_out(step: Step) -> str:
    muted = f'<span class="muted">{escape(_("left out"))}</span>'
    return (
        f'<tr class="health-left-out">{_head(step)}{_measure(step)}{_cell(_("Points"), muted)}'
        f"{_cell(_('Weight'), _share(step))}"
        f"{_cell(_('Contributes'), _points(step.line.contribution))}"
        '<td class="health-drawn"></td></tr>'
    )


def _counted(step: Step) -> str:
    line, weight, bar = step.line, _points(step.weight), step.bar
    points = _points(line.points)
    if line.measure is None:
        points += _below(_("counts as"))
    share = _share(step) + _below(_("counts {weight} %").format(weight=weight))
    contributed = _points(line.contribution) + _below(_("of {weight}").format(weight=weight))
    return (
        f"<tr>{_head(step)}{_measure(step)}{_cell(_('Points'), points)}"
        f"{_cell(_('Weight'), share)}{_cell(_('Contributes'), contributed)}"
        '<td class="health-drawn"><svg class="health-bar" viewBox="0 0 100 10"'
        ' preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="health-ground" width="100" height="10"></rect>'
        f'<rect class="health-gained" x="{bar["begins"]}" width="{bar["contribution"]}"'
        f' height="10"></rect><rect class="health-lost" x="{bar["lost_from"]}"'
        f' width="{bar["lost"]}" height="10"></rect></svg></td></tr>'
    )


def _head(step: Step) -> str:
    signal = step.line.signal
    return f'<th scope="row">{escape(signal.name)}{_below(signal.group.words)}</th>'


def _measure(step: Step) -> str:
    line = step.line
    if line.measure is None:
        missing = escape(_("not measured")) + _below(line.signal.missing)
        return _cell(_("Measure"), missing, "numeric health-missing")
    dated = _below(portal.day(line.dated)) if line.dated else ""
    said = conditional_escape(portal.number(line.measure, step.places))
    return _cell(_("Measure"), f"{said} {escape(step.unit)}{dated}")


def _share(step: Step) -> str:
    return conditional_escape(portal.share(step.line.share, 1))


def _points(value: float | None) -> str:
    return conditional_escape(portal.number(value, 1))


def _cell(label: str, content: str, name: str = "numeric") -> str:
    return f'<td class="{name}" data-label="{escape(label)}"><span>{content}</span></td>'


def _below(words: str) -> str:
    return f'<span class="cell-sub">{conditional_escape(words)}</span>'
