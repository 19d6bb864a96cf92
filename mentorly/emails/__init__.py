"""Every mail: when it is due, what it says, and what an answer to it means."""
