"""From the bytes of one media type to documents; a module each, with one function `read`.

A document's text can fill the fields of its `Source` and nothing else.
"""
