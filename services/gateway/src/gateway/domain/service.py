"""The services behind the door, and what it means that one of them rests."""

from enum import StrEnum


class Service(StrEnum):
    """A service that the gateway asks."""

    SEARCH = "search"
    MEDIA = "media"


class Resting(Exception):
    """A service cannot answer now; everything that does not need it goes on."""

    service: Service


class SearchResting(Resting):
    """Nothing can be searched for at the moment."""

    service = Service.SEARCH

    def __init__(self) -> None:
        super().__init__("Search does not answer just now. It should again in seconds.")


class MediaResting(Resting):
    """No wallpaper can be fetched or sent at the moment."""

    service = Service.MEDIA

    def __init__(self) -> None:
        super().__init__(
            "Images, downloads and uploads do not answer just now. They should again in seconds."
        )


def resting(service: Service) -> Resting:
    """The error that says that ``service`` rests."""
    return SearchResting() if service is Service.SEARCH else MediaResting()
