"""Every error that a caller may be told of, and how."""

from http import HTTPStatus
from types import MappingProxyType

from chassis.identity import Unidentified
from chassis.problems import ProblemKind
from chassis.trace import DeadlineExceeded
from chassis.visitor import VisitorUnknown
from media.domain.claim import KeyInUse, KeyReused
from media.domain.container import NotAPicture, PictureRefused, TooLarge
from media.domain.description import InvalidField, UnknownField
from media.domain.feed import CursorExpired, InvalidCursor
from media.domain.person import NotYours
from media.domain.renditions import RenditionRefused, UnknownRendition, WouldUpscale
from media.improve import Worse
from media.ports import (
    CatalogueUnavailable,
    ChecksumMismatch,
    DuplicateOriginal,
    NearDuplicate,
    PicturesBusy,
    StorageUnavailable,
    UploadIncomplete,
    UploadNotFound,
    VersionMismatch,
    WallpaperNotFound,
)
from media.show import WallpaperDeleted
from media.web.callers import IdentityRequired, ServiceRequired
from media.web.forms import InvalidParameter
from media.web.versions import VersionRequired

PROBLEMS = MappingProxyType(
    {
        NotAPicture: ProblemKind(
            slug="not-a-picture",
            title="This is not a picture that we know.",
            status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        ),
        PictureRefused: ProblemKind(
            slug="picture-refused",
            title="We do not take this picture.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            shows=("reason",),
        ),
        TooLarge: ProblemKind(
            slug="too-large",
            title="The file is too large.",
            status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        ),
        InvalidField: ProblemKind(
            slug="invalid-field",
            title="A field says something that we cannot keep.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            shows=("field",),
        ),
        UnknownField: ProblemKind(
            slug="unknown-field",
            title="There is no such field.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            shows=("field",),
        ),
        DuplicateOriginal: ProblemKind(
            slug="duplicate",
            title="This wallpaper is here already.",
            status=HTTPStatus.CONFLICT,
            shows=("wallpaper_id",),
        ),
        NearDuplicate: ProblemKind(
            slug="near-duplicate",
            title="A wallpaper that looks the same is here already.",
            status=HTTPStatus.CONFLICT,
            shows=("wallpaper_id", "distance"),
        ),
        Worse: ProblemKind(
            slug="worse",
            title="This picture is smaller than the one that is here.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            shows=("width", "height"),
        ),
        UploadNotFound: ProblemKind(
            slug="upload-not-found",
            title="There is no such upload.",
            status=HTTPStatus.NOT_FOUND,
        ),
        UploadIncomplete: ProblemKind(
            slug="upload-incomplete",
            title="Parts of this upload are missing.",
            status=HTTPStatus.CONFLICT,
            shows=("missing",),
        ),
        ChecksumMismatch: ProblemKind(
            slug="checksum-mismatch",
            title="This is not the file that was announced.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        KeyReused: ProblemKind(
            slug="idempotency-key-reused",
            title="This key stands for another upload.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        KeyInUse: ProblemKind(
            slug="idempotency-key-in-use",
            title="This upload is still running.",
            status=HTTPStatus.CONFLICT,
            retry_after=1,
        ),
        WallpaperNotFound: ProblemKind(
            slug="wallpaper-not-found",
            title="There is no such wallpaper.",
            status=HTTPStatus.NOT_FOUND,
        ),
        WallpaperDeleted: ProblemKind(
            slug="wallpaper-deleted",
            title="This wallpaper has been deleted.",
            status=HTTPStatus.GONE,
        ),
        VersionMismatch: ProblemKind(
            slug="version-mismatch",
            title="The wallpaper has changed in the meantime.",
            status=HTTPStatus.PRECONDITION_FAILED,
            shows=("version",),
        ),
        VersionRequired: ProblemKind(
            slug="version-required",
            title="A change must say what it is a change of.",
            status=HTTPStatus.PRECONDITION_REQUIRED,
        ),
        NotYours: ProblemKind(
            slug="not-yours",
            title="This is not yours to change.",
            status=HTTPStatus.FORBIDDEN,
        ),
        VisitorUnknown: ProblemKind(
            slug="visitor-unknown",
            title="Nobody can be counted for this.",
            status=HTTPStatus.BAD_REQUEST,
        ),
        IdentityRequired: ProblemKind(
            slug="identity-required",
            title="This needs an account.",
            status=HTTPStatus.UNAUTHORIZED,
        ),
        Unidentified: ProblemKind(
            slug="unidentified",
            title="We do not believe who you say you are.",
            status=HTTPStatus.UNAUTHORIZED,
        ),
        ServiceRequired: ProblemKind(
            slug="service-required",
            title="This is for our own services.",
            status=HTTPStatus.FORBIDDEN,
        ),
        UnknownRendition: ProblemKind(
            slug="no-such-rendition",
            title="There is no such image.",
            status=HTTPStatus.NOT_FOUND,
        ),
        WouldUpscale: ProblemKind(
            slug="would-upscale",
            title="The picture has too few pixels for this.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            shows=("width", "height"),
        ),
        RenditionRefused: ProblemKind(
            slug="rendition-refused",
            title="We do not make this image.",
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        InvalidCursor: ProblemKind(
            slug="invalid-cursor",
            title="We cannot carry on from there.",
            status=HTTPStatus.BAD_REQUEST,
        ),
        CursorExpired: ProblemKind(
            slug="cursor-expired",
            title="This cursor has expired.",
            status=HTTPStatus.GONE,
        ),
        InvalidParameter: ProblemKind(
            slug="invalid-parameter",
            title="A parameter makes no sense.",
            status=HTTPStatus.BAD_REQUEST,
            shows=("parameter",),
        ),
        PicturesBusy: ProblemKind(
            slug="busy",
            title="All hands are busy.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=5,
        ),
        DeadlineExceeded: ProblemKind(
            slug="out-of-time",
            title="There was no time left for this.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=1,
        ),
        CatalogueUnavailable: ProblemKind(
            slug="catalogue-unavailable",
            title="The records cannot be reached.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=5,
        ),
        StorageUnavailable: ProblemKind(
            slug="storage-unavailable",
            title="The files cannot be reached.",
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            retry_after=5,
        ),
    }
)
