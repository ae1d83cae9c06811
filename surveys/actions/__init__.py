"""What is done to campaigns, invitations and responses."""
