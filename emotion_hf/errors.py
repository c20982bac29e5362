"""Every error a user can meet, under one root.

A message is one sentence that says what was wrong and what to do about it. Each class also inherits
the built-in error a caller would expect, so ``except ValueError`` and ``except FileNotFoundError`` work.

Example:
    >>> issubclass(AudioNotFoundError, FileNotFoundError)
    True
"""


class EmotionError(Exception):
    """Root of all errors raised on purpose by this package."""


class SettingsError(EmotionError, ValueError):
    """An environment variable or setting has a value that cannot be used."""


class RequestError(EmotionError, ValueError):
    """A call of the page's API does not have the form that it takes."""


class PermissionDeniedError(EmotionError, PermissionError):
    """Only the operator of the page may do this."""


class AudioError(EmotionError, ValueError):
    """A recording cannot be used; the message says why."""


class AudioNotFoundError(AudioError, FileNotFoundError):
    """The path leads nowhere, or to something that is not a file."""


class AudioFormatError(AudioError):
    """The bytes are not a recording that can be decoded."""


class AudioTooShortError(AudioError):
    """The recording is shorter than an utterance."""


class AudioTooLongError(AudioError):
    """The recording is longer than the limit."""


class BusyError(EmotionError, RuntimeError):
    """Too many recordings are being analysed at this moment; the same request may succeed later."""


class LabelError(EmotionError, ValueError):
    """A label is not one of the known ones."""


class CorpusError(EmotionError, ValueError):
    """A corpus folder is missing, empty or not laid out as expected."""


class DownloadError(EmotionError, OSError):
    """A corpus cannot be downloaded or unpacked."""


class SplitError(EmotionError, ValueError):
    """A split cannot be made from this data."""


class LeakageError(SplitError):
    """A speaker or a byte-identical clip stands on both sides of a split."""


class RecipeError(EmotionError, ValueError):
    """A recipe has an unknown key or an unusable value."""


class CheckpointError(EmotionError, OSError):
    """A model folder or Hub id cannot be loaded completely and exactly."""


class VersionError(EmotionError, ValueError):
    """A version of the model is not there, or may not answer."""


class ReportError(EmotionError, ValueError):
    """A report cannot be read, or reports cannot be compared."""


class FeedbackError(EmotionError, ValueError):
    """A correction cannot be recorded."""


class StorageFullError(FeedbackError):
    """There is no room for another correction; deleting still works."""


class TooManyCorrectionsError(FeedbackError):
    """This client has saved as many corrections today as one client may."""


class HubError(EmotionError, OSError):
    """Something cannot be published on the Hub, or be had from there."""


class WriteError(EmotionError, OSError):
    """A file or folder cannot be written: the disk is full, the place is read-only, or a file is in the way."""
