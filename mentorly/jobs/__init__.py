"""The background doors: the queue, what runs when, the embedded servers, and the parent of `mentorly up`."""
