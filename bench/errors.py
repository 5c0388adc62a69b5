"""Everything that can go wrong while benches measure: one root, one class per cause.

What the codec itself raises is a codec.errors.CodecError.
"""


class BenchError(Exception):
    """Root of all errors of the benches."""

    exit_code = 1


class Unusable(BenchError):
    """What a bench was given cannot be measured or shown: a folder without pictures, a file that is no result."""


class RoundTripFailed(BenchError):
    """A codec did not return what went in: its sizes and times would mean nothing."""


class OutOfRange(BenchError):
    """A file and the model that made it do not agree: one of them is wrong, and so would be any figure made of them."""


class DownloadFailed(BenchError):
    """No address served the whole file."""


class WrongDigest(BenchError):
    """An address served a file of other content than the published digest says."""
