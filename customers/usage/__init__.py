"""Usage events: storing them, their partitions, their roll-ups, and how long they are kept."""
