"""What goes wrong, by kind: the library's statuses as exceptions, with its messages."""

from __future__ import annotations

HINTS = (
    "",
    "max_pixels",
    "memory",
    "start_over",
    "not_half",
    "check_cache",
    "precision",
    "decide_again",
    "name_detectors",
    "choose_categories",
    "choose_setup",
    "choose_methods",
    "backbone",
    "any_precision",
    "save_decisions",
    "without_charts",
)


class Error(Exception):
    """Anything that purebank refuses or fails to do.

    Attributes:
        status: the library's name for it, ``"PB_STATUS_BAD_SHAPE"``.
        hint: what may be done about it, where that is a choice of the caller (``"start_over"``: ``force=True``), else ``""``.
        about: what the hint is about, else ``""``.
    """

    status = "PB_STATUS_BAD_ARGUMENT"
    hint = ""
    about = ""


class BadArgumentError(Error, ValueError):
    """A parameter is outside its range."""


class BadShapeError(Error, ValueError):
    """Sizes that do not fit together."""

    status = "PB_STATUS_BAD_SHAPE"


class BadValueError(Error, ValueError):
    """NaN or infinity where finite numbers are needed."""

    status = "PB_STATUS_BAD_VALUE"


class BadFormatError(Error, ValueError):
    """A file that is not what it says, truncated or damaged."""

    status = "PB_STATUS_BAD_FORMAT"


class UnsupportedError(Error):
    """A valid file of a kind that this version does not read, or something this build or CPU lacks."""

    status = "PB_STATUS_UNSUPPORTED"


class MismatchError(Error, ValueError):
    """Features of another backbone, layer or input size than the bank's; results that do not belong together."""

    status = "PB_STATUS_MISMATCH"


class LimitError(Error):
    """An input larger than a limit that may be raised."""

    status = "PB_STATUS_LIMIT"


class InputError(Error, OSError):
    """The operating system refused to let an input be read."""

    status = "PB_STATUS_IO"


class OutputError(Error, OSError):
    """An output could not be written."""

    status = "PB_STATUS_OUTPUT"


class OutOfMemoryError(Error, MemoryError):
    """An allocation failed, or the system has no file handle left."""

    status = "PB_STATUS_NO_MEMORY"


class CancelledError(Error):
    """The call was asked to stop."""

    status = "PB_STATUS_CANCELLED"


class InternalError(Error, RuntimeError):
    """A broken invariant of the library: please report it."""

    status = "PB_STATUS_INTERNAL"


_KINDS: dict[str, type[Error]] = {
    kind.status: kind
    for kind in (
        BadArgumentError,
        BadShapeError,
        BadValueError,
        BadFormatError,
        UnsupportedError,
        MismatchError,
        LimitError,
        InputError,
        OutputError,
        OutOfMemoryError,
        CancelledError,
        InternalError,
    )
}


def of_status(status: str, message: str, hint: int, about: str) -> Error:
    """The exception of a failed call; called by the extension module."""
    error = _KINDS.get(status, Error)(message)
    error.status = status
    error.hint = HINTS[hint] if 0 <= hint < len(HINTS) else "unknown"
    error.about = about
    return error
