"""What becomes of invitations when their contact joins another of the same address."""

from __future__ import annotations

# See customers.registry.add_merge_rule. Both may have been asked in one campaign: the rounds of
# the one that goes come after all there are, so that every invitation and answer stays.
INVITATIONS = """
    UPDATE surveys_invitation g SET round = g.round + last.round
      FROM (
            SELECT i.campaign_id, m.gone_id, max(i.round) AS round
              FROM merged_contact m
              JOIN surveys_invitation i ON i.contact_id IN (m.kept_id, m.gone_id)
             GROUP BY i.campaign_id, m.gone_id
           ) last
     WHERE g.campaign_id = last.campaign_id AND g.contact_id = last.gone_id
"""
