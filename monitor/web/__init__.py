"""The history pages: an ASGI application that only reads the store (`app.create_app`)."""
