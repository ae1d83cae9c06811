#!/usr/bin/env python3
"""Every command of the portal. The Makefile only calls this."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm_portal.settings")
    os.umask(0o077)  # logs, mails and files are the company's; nobody else on the machine reads
    from csm_portal.engines.attach import engines_for

    with engines_for(sys.argv[1:]):
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
