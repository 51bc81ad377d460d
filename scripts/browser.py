"""Where this machine has a Chromium, for the browser tests and the screenshots."""

import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of the machine's Chromium, if it has one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
