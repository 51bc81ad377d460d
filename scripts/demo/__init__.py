"""The demo collection: wallpapers painted by code, so that nothing in them is anyone else's."""
