"""A client of a Paperroute site's public API: import folders, search, download."""
