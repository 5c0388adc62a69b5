"""Every failure that a user can meet: one root, one subclass per cause, and the exit code on the class.

A message says what is wrong, where, and what to do about it.
"""


class CodecError(Exception):
    """Root of all errors of this package."""

    exit_code = 1


class EmptyMessage(CodecError):
    """A pop asked for more bits than the message holds."""

    def __init__(self, missing_bits: int) -> None:
        super().__init__(f"the message ends {missing_bits} bits too early: give it initial bits, or code more data before this pop")
        self.missing_bits = missing_bits


class BadMessage(CodecError):
    """Words that are not a message: too few of them, or a head out of its range."""


class BadInterval(CodecError):
    """A start, frequency, precision or symbol that no distribution of this kind can have."""


class BadModel(CodecError):
    """Bytes that are not a model file, or a model whose exactness cannot be proved."""


class UnknownModel(CodecError):
    """A model that is neither embedded nor at the path given, or not the one that made a file."""


class BadFile(CodecError):
    """A compressed file that is damaged, cut, grown or forged."""


class BadInput(CodecError):
    """Data that cannot be coded: the wrong shape, type or values."""


class NotOnePlane(BadInput):
    """Colours that a density of one channel cannot code."""


class TooShort(BadInput):
    """Data of which so few bytes are made that decoding them would take more time or memory than a reader allows."""


class BadEstimate(CodecError):
    """An estimate that cannot be made: no particles, no images, or weights that are not numbers."""


class MissingPackage(CodecError):
    """Something optional that this command needs is not installed."""


class WorkersLost(CodecError):
    """Work that no worker process survives."""


class BadData(CodecError):
    """Training data that are missing, damaged, or not of the kind that is needed."""


class BadConfig(CodecError):
    """A setting of a net, a training run or the environment that does not exist or cannot be."""


class BadCheckpoint(CodecError):
    """A file that is not a checkpoint of the family that is needed, or weights that do not fit the net."""


class TrainingFailed(CodecError):
    """Training cannot go on: nearly every step is bad."""


class KernelWarning(UserWarning):
    """Compiled kernels that cannot be kept or loaded: the work goes on, and takes longer."""


class CannotBuild(CodecError):
    """Kernels that cannot be compiled ahead of time: no linker, or an entry that breaks their rules."""
