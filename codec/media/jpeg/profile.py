"""The colour profile that JPEG files have most often, 3,144 bytes of sRGB (IEC 61966-2.1): files that have it only say where it stands.

    rest -> the rest without it, and its places          Part of the format: the profile never changes.

Its byte INTENT, how colours are to be rendered, differs from file to file.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache

from codec.container.numbers import Pairs
from codec.errors import BadFile

PROFILE_BYTES, INTENT, MOST_INTENT = 3144, 67, 255
ENTRIES = 1024  # of the curve behind its tags
TAGS = (  # deflated: a header, texts and colours
    b"os-XN)Ib!+-~K=?E?DhSdUFmvD0EX-Vd;toG5%O#g>_x(4+P0hrrDv%Bupk7dsp$MS1%&s-=P11$6^nP2mb+2f*^_~@x26gW35{IJtQCAyf>M7-xq*drz=%h"
    b"o&^Y$(fv#3*o~XF*#0+Ah8frgO#p|-(Uof#2Y|YK!DcZg!7uvu9!m6n+vxNdga6ZE9%%zm>LH(UMa+@!A^WL`DE=9_K3pd*SBW(q5P5;v%Xulw$@wg?8z>i<"
    b"&K$XcOZ*!7;W!b<l`iswu@outJLE+_2_*7&sttq_15|4iH-e9lPaxOypl>6e0XR_e3Op>Z5qAw;$_}FqExnOp$M|v9Y`0ffN2I<mrqOfwx}#lYhe7114S@X4"
    b"nT}9z88*4qY`0pClUB3PsJ|}mQsiw;U#@1JmF736v7Pe5=Kw2Tu{V#WvEdVdSN8!HK1^ea&j1dgZ!fnB_nD`885t9uUS3Yq)RKZ*)X<6knXn5LzGu;PllHLl"
    b"V$Df>!>DgO^ut86IC8jPjqO9c=fa)OvD6o9LJNfzt2kv+d1$wCrIDdxQvJ!qJ(g`#KG&$Z7eAnW$Aa0dI#fPwLUrySRBk^d*C)PpXI6p!yz56l=5wE^^!u*m"
    b"NA!rLm(|(*0pp1t=WA8?2>"
)

Places = Pairs  # of each how many bytes stand between it and the one before, and its byte INTENT


@cache
def usual_profile() -> bytes:
    """The profile. Its curve is rounded nowhere near a half, so the floats of any machine give it."""
    tags = zlib.decompress(base64.b85decode(TAGS), -15)
    levels = [level / (ENTRIES - 1) for level in range(ENTRIES)]
    curve = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return tags + b"".join(int(65535 * light + 0.5).to_bytes(2, "big") for light in curve)


def without_profiles(rest: bytes) -> tuple[bytes, Places]:
    """What is left of a rest without the profile, and where it stood."""
    profile = usual_profile()
    begin, end = profile[:INTENT], profile[INTENT + 1 :]
    kept, places, used = list[bytes](), list[tuple[int, int]](), 0
    place = rest.find(begin)
    while place >= 0:
        if rest.startswith(end, place + INTENT + 1):
            kept.append(rest[used:place])
            places.append((place - used, rest[place + INTENT]))
            used = place + PROFILE_BYTES
        place = rest.find(begin, max(used, place + 1))
    return b"".join([*kept, rest[used:]]), tuple(places)


def with_profiles(left: bytes, places: Places) -> bytes:
    """The rest again. Raises BadFile for places that are not in it."""
    profile, pieces, used = usual_profile(), list[bytes](), 0
    for distance, intent in places:
        pieces += [left[used : used + distance], profile[:INTENT], bytes([intent]), profile[INTENT + 1 :]]
        used += distance
    if used > len(left):
        raise BadFile("the file's header is damaged: a colour profile that stands nowhere")
    return b"".join([*pieces, left[used:]])
