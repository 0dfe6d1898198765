"""From a question to a report in which every citation has been checked."""
