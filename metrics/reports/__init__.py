"""Figures that leave the pages: digests by e-mail, board reports as PDF, links for outsiders."""
