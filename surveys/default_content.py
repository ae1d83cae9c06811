"""What a campaign says before anybody wrote anything."""

from __future__ import annotations

from dataclasses import replace

from surveys.content import Content, Texts
from surveys.wording import WORDINGS


def default_texts(kind: str, language: str) -> Texts:
    """The portal's own question, follow-up and thanks for a kind of campaign."""
    words = WORDINGS[language]
    own = words.kinds[kind]
    return Texts(question=own.question, follow_up=own.follow_up, thank_you=words.default_thank_you)


def default_content(kind: str, language: str) -> Content:
    return Content(language, {language: default_texts(kind, language)})


def of_another_kind(content: Content, old: str, new: str) -> Content:
    """The content, with the portal's texts for `old` replaced by those for `new`; what somebody
    wrote stays."""
    texts = {tag: _switched(tag, one, old, new) for tag, one in content.texts.items()}
    return replace(content, texts=texts)


def _switched(language: str, texts: Texts, old: str, new: str) -> Texts:
    before, after = default_texts(old, language), default_texts(new, language)
    changed = {
        name: getattr(after, name)
        for name in ("question", "follow_up")
        if getattr(texts, name) == getattr(before, name)
    }
    return replace(texts, **changed)
