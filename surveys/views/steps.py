"""The steps of making a campaign."""

from __future__ import annotations

from django.utils.translation import gettext as _


def steps() -> list[str]:
    return [_("Question"), _("Contacts"), _("When"), _("Preview and send")]
