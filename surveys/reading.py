"""A campaign as one contact reads it: in the contact's language, with the names filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from surveys.content import Content, Question, Texts
from surveys.models import Campaign, Invitation
from surveys.scales import Level
from surveys.texts import fill
from surveys.wording import WORDINGS, Wording
from tenants.context import current_company


@dataclass(frozen=True)
class Reading:
    """Plain strings, to be escaped where they are shown. Costs no query."""

    campaign: Campaign
    content: Content
    language: str
    names: Mapping[str, str]

    @classmethod
    def of(cls, invitation: Invitation, content: Content | None = None) -> Reading:
        """Of an invitation whose campaign, contact and customer are loaded; `content`: the
        campaign's, where it is at hand."""
        contact = invitation.contact
        return cls.by(
            invitation.campaign,
            contact=contact.name,
            customer=contact.customer.name,
            language=contact.language,
            content=content,
        )

    @classmethod
    def by(
        cls,
        campaign: Campaign,
        *,
        contact: str,
        customer: str,
        language: str,
        content: Content | None = None,
    ) -> Reading:
        """What somebody of this name reads, whose language has this tag (`de`, `de-at`, none)."""
        content = content or Content.of(campaign)
        names = {"company": current_company().name, "contact": contact, "customer": customer}
        return cls(campaign, content, content.language_for(language), names)

    @property
    def words(self) -> Wording:
        return WORDINGS[self.language]

    @property
    def question(self) -> str:
        return self.filled(self.content.text(self.language, "question"))

    @property
    def lowest_label(self) -> str:
        own = self._own.lowest_label or self.words.kinds[self.campaign.kind].least
        return self.filled(own)

    @property
    def highest_label(self) -> str:
        own = self._own.highest_label or self.words.kinds[self.campaign.kind].most
        return self.filled(own)

    def choose(self, words: str) -> str:
        """`words` of the wording that name the scale."""
        campaign = self.campaign
        return fill(words, lowest=str(campaign.lowest_score), highest=str(campaign.highest_score))

    def score_words(self, score: int) -> str:
        """`9 out of 10`."""
        return fill(self.words.score_of, score=str(score), highest=str(self.campaign.highest_score))

    def follow_up(self, level: Level | None) -> str:
        """What is asked in words after a score of the level; for None, of everybody."""
        found = self._own.follow_up_of(level) or self._first.follow_up_of(level)
        return self.filled(found) or self.words.comment

    def thank_you(self, level: Level) -> str:
        return self.filled(self._own.thank_you_of(level) or self._first.thank_you_of(level))

    @property
    def questions(self) -> Sequence[Question]:
        return self.content.questions

    def question_text(self, key: str) -> str:
        return self.filled(self._own.question_of(key) or self._first.question_of(key))

    def choice_text(self, key: str, choice: str) -> str:
        """In this language, else in the first, else the choice itself."""
        own = self._own.choices.get(key, {}).get(choice)
        return self.filled(own or self._first.choice_of(key, choice))

    def filled(self, text: str, **more: str) -> str:
        return fill(text, **self.names, **more)

    @cached_property
    def _own(self) -> Texts:
        return self.content.texts[self.language]

    @cached_property
    def _first(self) -> Texts:
        return self.content.texts[self.content.language]
