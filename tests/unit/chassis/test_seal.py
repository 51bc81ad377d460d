import pytest

from chassis.identity import HEADER, Identities, Identity, Role, Unidentified
from chassis.seal import SealBroken, Sealer

OLD, NEW = "o" * 32, "n" * 32


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def test_what_was_sealed_opens_for_its_purpose_only() -> None:
    sealer = Sealer([NEW])
    token = sealer.seal({"path": "/i/a/w640.webp"}, purpose="rendition", lifetime=60)

    assert sealer.open(token, purpose="rendition") == {"path": "/i/a/w640.webp"}
    with pytest.raises(SealBroken):
        sealer.open(token, purpose="identity")


def test_a_changed_secret_still_opens_what_the_old_one_sealed() -> None:
    token = Sealer([OLD]).seal({}, purpose="p", lifetime=60)

    assert Sealer([NEW, OLD]).open(token, purpose="p") == {}
    with pytest.raises(SealBroken):
        Sealer([NEW]).open(token, purpose="p")


@pytest.mark.parametrize("skew", [-45, 0, 45, 60 + 45])
def test_clocks_may_differ_by_45_seconds(skew: float) -> None:
    clock = Clock()
    sealer = Sealer([NEW], clock)
    token = sealer.seal({}, purpose="p", lifetime=60)

    clock.now += skew

    assert sealer.open(token, purpose="p") == {}


@pytest.mark.parametrize("skew", [-120, 60 + 120])
def test_two_minutes_off_is_refused(skew: float) -> None:
    clock = Clock()
    sealer = Sealer([NEW], clock)
    token = sealer.seal({}, purpose="p", lifetime=60)

    clock.now += skew

    with pytest.raises(SealBroken):
        sealer.open(token, purpose="p")


@pytest.mark.parametrize("token", ["", ".", "a.b", "é.é", "bm8.bm8", "[]" * 999, "e30.", ".e30"])
def test_noise_is_no_token(token: str) -> None:
    with pytest.raises(SealBroken):
        Sealer([NEW]).open(token, purpose="p")


def test_every_changed_character_breaks_the_seal() -> None:
    sealer = Sealer([NEW])
    token = sealer.seal({"sub": "ann"}, purpose="p", lifetime=60)

    for at, was in enumerate(token):
        other = "A" if was != "A" else "B"
        with pytest.raises(SealBroken):
            sealer.open(token[:at] + other + token[at + 1 :], purpose="p")


def test_an_identity_is_good_for_one_method_and_path() -> None:
    identities = Identities(Sealer([NEW]))
    ann = Identity("ann", Role.CONTRIBUTOR)

    token = identities.sign(ann, "POST", "/wallpapers")[HEADER]

    assert identities.read(token, "POST", "/wallpapers") == ann
    assert identities.read(None, "POST", "/wallpapers") is None
    with pytest.raises(Unidentified):
        identities.read(token, "DELETE", "/wallpapers")
    with pytest.raises(Unidentified):
        identities.read(token, "POST", "/wallpapers/abc")
    with pytest.raises(Unidentified):
        identities.read(f"{token}x", "POST", "/wallpapers")
