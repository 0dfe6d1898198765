"""Renderings of a report: every one carries disclaimer, dates and sources."""
