"""The efforts of coding photos: how much time to take for smaller files, and the embedded models that do."""

from __future__ import annotations

EFFORTS = {  # endings of the photo models' titles
    1: "-fast", 2: "-fast-all", 5: "", 6: "-all", 7: "-best-quarter", 8: "-best-half", 9: "-best",
}  # fmt: skip
CHAIN_EFFORTS = {  # of chains of small photos, which few pixels have to teach: earlier models, which learn more often
    1: "-2", 2: "-heads", 5: "-best-2", 6: "-best-2", 7: "-best-2", 8: "-best-2", 9: "-best-1",
}  # fmt: skip
STRIPE_TIMES = {effort: 2 if effort < 7 else 4 for effort in range(1, 10)}  # of pictures: more to learn from, fewer parts for cores
MAIN_EFFORTS = {1: "-fast", 5: "", 9: "-best"}  # of graphics and of more than 8 bits, which have no models between these


def main_effort(effort: int) -> int:
    """What an effort means where there are no models between: the next lower one of these."""
    return max(one for one in MAIN_EFFORTS if one <= effort)


def main_ending(effort: int) -> str:
    """The ending of a title of another family, for an effort."""
    return MAIN_EFFORTS[main_effort(effort)]
