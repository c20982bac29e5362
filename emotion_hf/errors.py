"""All errors that a user can see, under one root.

A message is one sentence that says what was wrong and what to do about it. Each class also inherits the built-in
error that a caller expects, so ``except ValueError`` and ``except FileNotFoundError`` work.

Example:
    >>> issubclass(AudioNotFoundError, FileNotFoundError)
    True
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec


class EmotionError(Exception):
    """Root of all expected errors of this package."""


class SettingsError(EmotionError, ValueError):
    """An environment variable or setting has an invalid value."""


class MissingPackageError(EmotionError, ModuleNotFoundError):
    """A package that is needed is not installed."""


class RequestError(EmotionError, ValueError):
    """A call of the page's API is malformed."""


class PermissionDeniedError(EmotionError, PermissionError):
    """Only the operator of the page may do this."""


class AudioError(EmotionError, ValueError):
    """A recording cannot be used; the message says why."""


class AudioNotFoundError(AudioError, FileNotFoundError):
    """The path does not exist, or is not a file."""


class AudioFormatError(AudioError):
    """The bytes are not a recording that can be decoded."""


class AudioTooShortError(AudioError):
    """The recording is too short."""


class AudioTooLongError(AudioError):
    """The recording is longer than the limit."""


class MicrophoneError(EmotionError, OSError):
    """No sound can be recorded with the microphone."""


class BusyError(EmotionError, RuntimeError):
    """Too many recordings are being analysed; the same request may succeed later.

    Args:
        sentence: The message.
        retry_seconds: Estimated time after which it may succeed.
    """

    def __init__(self, sentence: str, retry_seconds: float):
        super().__init__(sentence)
        self.retry_seconds = retry_seconds


class LabelError(EmotionError, ValueError):
    """A label is unknown."""


class CorpusError(EmotionError, ValueError):
    """A corpus folder is missing, empty or has an unexpected layout."""


class DownloadError(EmotionError, OSError):
    """A corpus cannot be downloaded or unpacked."""


class SplitError(EmotionError, ValueError):
    """A split cannot be made from this data."""


class LeakageError(SplitError):
    """A speaker or a byte-identical clip is on both sides of a split."""


class RecipeError(EmotionError, ValueError):
    """A recipe has an unknown key or an invalid value."""


class CheckpointError(EmotionError, OSError):
    """A model folder or Hub id cannot be loaded completely and exactly."""


class VersionError(EmotionError, ValueError):
    """A version of the model does not exist, or must not be promoted."""


class JobError(EmotionError, ValueError):
    """A training cannot be queued, continued or removed."""


class ReportError(EmotionError, ValueError):
    """A report cannot be read, or reports cannot be compared."""


class FeedbackError(EmotionError, ValueError):
    """A correction cannot be saved."""


class StorageFullError(FeedbackError):
    """There is no space for another correction; deleting still works."""


class TooManyCorrectionsError(FeedbackError):
    """This client has reached its daily limit of corrections."""


class DeskError(EmotionError, ValueError):
    """The desk cannot do this, and nothing was changed."""


class DeskNotReadyError(DeskError):
    """The desk's purpose, place and terms have not been accepted yet."""


class SpeakersUnknownError(DeskError):
    """It is not known which part of a recording is the caller's."""


class DatabaseError(EmotionError, OSError):
    """The desk's database cannot be reached, or refuses to work."""


class HubError(EmotionError, OSError):
    """Something cannot be published on the Hub, or fetched from there."""


class WriteError(EmotionError, OSError):
    """A file or folder cannot be written: the disk is full, the place is read-only, or a file is in the way."""


@contextmanager
def naming_missing_packages() -> Iterator[None]:
    """Name the package that is missing, and how to install it, if an import of it fails.

    `pip install emotion-hf` installs what predictions need; everything else needs the extra `full`.

    Raises:
        MissingPackageError: A package of others is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        is_ours = package in ("", "emotion_hf", "train") or package in sys.stdlib_module_names
        if isinstance(error, EmotionError) or is_ours or find_spec(package) is not None:
            raise
        sentence = f"This needs {package}; install it with pip install 'emotion-hf[full]'."
        raise MissingPackageError(sentence, name=package) from error
