"""What somebody may see and change."""

from dataclasses import dataclass

from media.domain.wallpaper import Rating, Status, Wallpaper


class NotYours(Exception):
    """Only its uploader and moderators may change a wallpaper."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account; a visitor without one is ``None``.

    Attributes:
        account: Its name.
        moderates: Whether they keep order among the wallpapers of others, too.
    """

    account: str
    moderates: bool = False


def may_see(person: Person | None, wallpaper: Wallpaper) -> bool:
    """Visitors see what is live and safe; accounts what is live, and their own; moderators all."""
    if person is None:
        return wallpaper.status is Status.LIVE and wallpaper.description.rating is Rating.SAFE
    return wallpaper.status is Status.LIVE or _has_a_say(person, wallpaper)


def require_a_say(person: Person, wallpaper: Wallpaper) -> None:
    """Return if ``person`` may change ``wallpaper``.

    Raises:
        NotYours: If not.
    """
    if not _has_a_say(person, wallpaper):
        raise NotYours("Only its uploader or a moderator may change this wallpaper.")


def _has_a_say(person: Person, wallpaper: Wallpaper) -> bool:
    return person.moderates or person.account == wallpaper.uploader
