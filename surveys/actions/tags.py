"""The rules that read answers, and tags given and taken by hand. All of it audited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.models import User
from surveys.actions import readings
from surveys.models import Invitation, ReadingRules, SentimentWord, Tag, TagMark
from surveys.word_rules import tokens_of

MOST_TAGS = 200
MOST_PHRASES = 200
MOST_WORDS = 1000
NAME_LENGTH = 60
PHRASE_LENGTH = 60


@transaction.atomic
def save_tag(
    *, name: str, phrases: Sequence[str], tag: Tag | None = None, by: User | None, **actor: Any
) -> Tag:
    """Make or change a tag; all answers are read anew by a job."""
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Refused(
            _("A tag's name has 1 to {most} characters.").format(most=NAME_LENGTH),
            code="tag_name_wrong",
        )
    kept = _phrases(phrases)
    if tag is None and Tag.objects.count() >= MOST_TAGS:
        raise Refused(
            _("There can be up to {most} tags.").format(most=MOST_TAGS), code="too_many_tags"
        )
    tag = tag or Tag()
    tag.name, tag.phrases = name, kept
    try:
        with transaction.atomic():
            tag.save()
    except IntegrityError:
        raise Refused(
            _("There is a tag “{name}” already.").format(name=name), code="tag_name_taken"
        ) from None
    audit.record(by=by, action="tag.saved", subject=tag, detail={"phrases": kept}, **actor)
    readings.rules_changed()
    return tag


def _phrases(phrases: Sequence[str]) -> list[str]:
    """Each once, as it is compared; empty ones left out."""
    found: dict[tuple[str, ...], str] = {}
    for phrase in phrases:
        text = " ".join(phrase.replace("\0", "").split())
        words = tokens_of(text)
        if not text:
            continue
        if not words:
            raise Refused(
                _("“{phrase}” has no letter or digit.").format(phrase=text[:60]),
                code="phrase_empty",
            )
        if len(text) > PHRASE_LENGTH:
            said = _("“{phrase}…” is too long: a phrase has up to {most} characters.")
            said = said.format(phrase=text[:40], most=PHRASE_LENGTH)
            raise Refused(said, code="phrase_too_long")
        found.setdefault(words, text)
    if len(found) > MOST_PHRASES:
        raise Refused(
            _("A tag has up to {most} phrases.").format(most=MOST_PHRASES), code="too_many_phrases"
        )
    return list(found.values())


@transaction.atomic
def delete_tag(*, tag: Tag, by: User | None, **actor: Any) -> None:
    """No answer has it any more."""
    audit.record(by=by, action="tag.deleted", subject=tag, **actor)
    tag.delete()
    readings.rules_changed()


@transaction.atomic
def mark(
    *, invitation: Invitation, tag: Tag, is_taken: bool, by: User | None, **actor: Any
) -> None:
    """Give an answer a tag, or take it away, whatever the tag's rule says."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    response = invitation.responses.current().first()
    if response is None:
        raise Refused(_("There is no answer to tag."), code="not_answered")
    TagMark.objects.update_or_create(
        invitation=invitation, tag=tag, defaults={"is_taken": is_taken, "by": by}
    )
    readings.read_one(response)
    action = "answer.tag_taken" if is_taken else "answer.tag_given"
    audit.record(by=by, action=action, subject=response, detail={"tag": tag.name}, **actor)


@transaction.atomic
def save_words(
    *, meaning: str, phrases: Sequence[str], by: User | None, **actor: Any
) -> list[SentimentWord]:
    """The company's own words of one meaning, all of them; all answers are read anew by a job."""
    if meaning not in SentimentWord.Meaning.values:
        known = ", ".join(SentimentWord.Meaning.values)
        raise Refused(
            _("A word's meaning is one of {known}.").format(known=known), code="meaning_unknown"
        )
    kept = [" ".join(tokens_of(phrase)) for phrase in _words(phrases)]
    others = SentimentWord.objects.exclude(meaning=meaning)
    twice = others.filter(phrase__in=kept).first()
    if twice is not None:
        said = _("“{phrase}” stands among the words for “{meaning}”. Take it out there first.")
        said = said.format(phrase=twice, meaning=twice.get_meaning_display())
        raise Refused(said, code="word_twice")
    SentimentWord.objects.filter(meaning=meaning).delete()
    made = SentimentWord.objects.bulk_create(
        SentimentWord(phrase=phrase, meaning=meaning) for phrase in dict.fromkeys(kept)
    )
    audit.record(
        by=by, action="words.saved", subject=meaning, detail={"phrases": kept[:100]}, **actor
    )
    readings.rules_changed()
    return made


def _words(phrases: Sequence[str]) -> list[str]:
    if len(phrases) > MOST_WORDS:
        raise Refused(
            _("There can be up to {most} words.").format(most=MOST_WORDS), code="too_many_words"
        )
    found = []
    for start in range(0, len(phrases), MOST_PHRASES):
        found += _phrases(phrases[start : start + MOST_PHRASES])
    return found


@transaction.atomic
def set_reply_days(*, days: int, by: User | None, **actor: Any) -> None:
    """After how many days without a reply a follow-up is overdue."""
    if not 1 <= days <= 365:
        raise Refused(_("Choose 1 to 365 days."), code="reply_days_wrong")
    row, _is_new = ReadingRules.objects.select_for_update().get_or_create(pk=1)
    if row.reply_days != days:
        ReadingRules.objects.filter(pk=row.pk).update(reply_days=days)
        audit.record(by=by, action="follow_ups.days_set", detail={"days": days}, **actor)
