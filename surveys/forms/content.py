"""What a campaign measures and says, as the editor's one form holds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from surveys.content import Content, ContentError, Question, Texts, Type, problems
from surveys.default_content import default_texts
from surveys.models import Campaign, Kind
from surveys.models.campaign import Language
from surveys.scales import SCALES_OF, Level
from tenants.languages import language

LEVELS = [level.value for level in Level]
KINDS = [(kind, low, high) for kind, scales in SCALES_OF.items() for low, high in scales]


def kind_choices() -> list[tuple[str, str]]:
    """Each of KINDS by its key and in words."""
    words = _("{kind}, {low} to {high}")
    return [
        (f"{kind}:{low}-{high}", words.format(kind=Kind(kind).label, low=low, high=high))
        for kind, low, high in KINDS
    ]


class CampaignForm(forms.Form):
    """What a campaign is called and measures."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy("For you; the contacts do not see it."),
    )
    kind = forms.ChoiceField(
        choices=kind_choices,
        initial="{}:{}-{}".format(*KINDS[0]),
        label=gettext_lazy("What it measures, and on which scale"),
        help_text=gettext_lazy(
            "NPS: would they recommend you. CSAT: are they satisfied. CES: was it easy."
        ),
    )
    is_relational = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("About the relationship as a whole"),
        help_text=gettext_lazy(
            "Its NPS counts in the company's NPS. Untick it for a survey about one event."
        ),
    )

    @classmethod
    def of(cls, campaign: Campaign) -> CampaignForm:
        kind = f"{campaign.kind}:{campaign.lowest_score}-{campaign.highest_score}"
        held = {"name": campaign.name, "kind": kind, "is_relational": campaign.is_relational}
        return cls(initial=held)

    def values(self) -> dict[str, Any]:
        """As the actions take them; only when the form is valid."""
        kind, scale = kind_in(self.cleaned_data["kind"])
        return {**self.cleaned_data, "kind": kind, "scale": scale}


def _readers_own() -> str:
    """The language of who makes the campaign, where surveys speak it."""
    spoken = language()
    return spoken if spoken in Language.values else str(Language.ENGLISH)


class NewCampaignForm(CampaignForm):
    """A campaign that nothing is said in yet."""

    language = forms.ChoiceField(
        choices=Language.choices,
        initial=_readers_own,
        label=gettext_lazy("First language"),
        help_text=gettext_lazy("More can be added; each contact reads its own."),
    )


def kind_in(text: str) -> tuple[str, tuple[int, int]]:
    """`csat:1-5` as (`csat`, (1, 5)); it must be one of KINDS."""
    kind, _colon, scale = text.partition(":")
    low, _dash, high = scale.partition("-")
    return kind, (int(low), int(high))


def content_in(data: QueryDict, before: Content) -> Content:
    """What was posted, right or wrong. `before` (as saved) names the choices it kept."""
    first = before.language
    tags = [tag for tag in dict.fromkeys(data.getlist("tag")) if tag in Language.values]
    questions = tuple(_question(data, key, before) for key in dict.fromkeys(data.getlist("q")))
    texts = {tag: _texts(data, tag, questions, is_first=tag == first) for tag in tags}
    return Content(first, {first: texts.pop(first, Texts()), **texts}, questions)


def _question(data: QueryDict, key: str, before: Content) -> Question:
    type_ = data.get(f"type-{key}", "")
    kind = Type(type_) if type_ in list(Type) else Type.TEXT
    held = before.texts[before.language].choices.get(key, {})
    names = {text: choice for choice, text in held.items()}
    lines = [] if kind is Type.TEXT else _lines(data, before.language, key)
    return Question(key, kind, tuple(names.get(line, line) for line in lines), _levels(data, key))


def _levels(data: QueryDict, key: str) -> Sequence[str]:
    chosen = data.getlist(f"levels-{key}")
    return tuple(level for level in LEVELS if level in chosen)


def _lines(data: QueryDict, tag: str, key: str) -> list[str]:
    lines = data.get(f"{tag}-choices-{key}", "").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _texts(data: QueryDict, tag: str, questions: Sequence[Question], *, is_first: bool) -> Texts:
    def said(name: str) -> str:
        return data.get(f"{tag}-{name}", "").replace("\r\n", "\n").strip()

    def by_level(name: str) -> dict[str, str]:
        return {level: said(f"{name}-{level}") for level in LEVELS if said(f"{name}-{level}")}

    choices = {}
    for one in questions:
        pairs = dict(zip(one.choices, _lines(data, tag, one.key), strict=False))
        # A choice is called by its own name where its first text was never another.
        choices[one.key] = {key: text for key, text in pairs.items() if key != text or not is_first}
    return Texts(
        question=said("question"),
        follow_up=said("follow_up"),
        thank_you=said("thank_you"),
        lowest_label=said("lowest_label"),
        highest_label=said("highest_label"),
        follow_ups=by_level("follow_up"),
        thank_yous=by_level("thank_you"),
        questions={one.key: said(f"text-{one.key}") for one in questions},
        choices={key: named for key, named in choices.items() if named},
    )


def problems_in(data: QueryDict, content: Content) -> Iterator[ContentError]:
    """What is wrong with what was posted, as a person who fills in the form reads it."""
    yield from problems(content, languages=Language.values)
    for tag in content.texts:
        if tag == content.language:
            continue
        for one in content.questions:
            given = len(_lines(data, tag, one.key))
            if given not in (0, len(one.choices)):
                words = ngettext(
                    "Write {count} lines, one per choice and in their order; there is {given}.",
                    "Write {count} lines, one per choice and in their order; there are {given}.",
                    given,
                ).format(count=len(one.choices), given=given)
                yield ContentError(words, field="choices", language=tag, question=one.key)


def after(content: Content, do: str, data: QueryDict, kind: str) -> Content | None:
    """The content after a button that changes its parts; None for any other button."""
    what, _colon, which = do.partition(":")
    if what == "add-question":
        return _with_question(content, data.get("new_type", ""))
    if what == "remove-question":
        return _without_question(content, which)
    if what == "up-question":
        return replace(content, questions=_moved_up(content.questions, which))
    if what == "add-language":
        tag = data.get("new_language", "")
        if tag not in Language.values or tag in content.texts:
            return content
        return replace(content, texts={**content.texts, tag: default_texts(kind, tag)})
    if what == "remove-language":
        kept = {
            tag: texts
            for tag, texts in content.texts.items()
            if tag != which or tag == content.language
        }
        return replace(content, texts=kept)
    return None


def _with_question(content: Content, type_: str) -> Content:
    known = {one.key for one in content.questions}
    key = next(key for number in range(1, 1000) if (key := f"question_{number}") not in known)
    kind = Type(type_) if type_ in list(Type) else Type.CHOICE
    return replace(content, questions=(*content.questions, Question(key, kind)))


def _without_question(content: Content, key: str) -> Content:
    texts = {
        tag: replace(
            one,
            questions={name: text for name, text in one.questions.items() if name != key},
            choices={name: named for name, named in one.choices.items() if name != key},
        )
        for tag, one in content.texts.items()
    }
    kept = tuple(one for one in content.questions if one.key != key)
    return replace(content, texts=texts, questions=kept)


def _moved_up(questions: Sequence[Question], key: str) -> tuple[Question, ...]:
    moved = list(questions)
    places = [place for place, one in enumerate(moved) if one.key == key and place]
    for place in places[:1]:
        moved[place - 1], moved[place] = moved[place], moved[place - 1]
    return tuple(moved)
