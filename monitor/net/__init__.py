"""The one way out: whom we may talk to (`guard`), how (`transport`), and how much we unpack (`decode`).

`fetch` and `notify` go out through here and nowhere else.
"""
