"""The kernels as plain Python: slow, and the very same words."""

from __future__ import annotations

from helpers.processes import printed


def test_plain_python_gives_the_same_words() -> None:
    compiled, plain = (printed("-m", "helpers.coders_worker", NUMBA_DISABLE_JIT=disabled) for disabled in ("0", "1"))
    assert compiled == plain and len(compiled) == 65
