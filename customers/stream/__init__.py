"""The event stream (Segment's spec): reading, storing and applying what senders post to /v1/."""
