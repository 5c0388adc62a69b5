"""The tables that JPEG files have most often: the Huffman tables of the standard's annex K, the IJG's steps for each quality."""

from __future__ import annotations

from functools import cache

import numpy as np

# fmt: off
ZIGZAG = np.array([  # natural order (8 * vertical frequency + horizontal) of coefficients as files have them
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
], np.int64)
LUMA_STEPS = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
], np.int64)
CHROMA_STEPS = np.array([
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    *[99] * 32,
], np.int64)
# fmt: on
LUMA_DC = bytes.fromhex("00010501010101010100000000000000") + bytes(range(12))
CHROMA_DC = bytes.fromhex("00030101010101010101010000000000") + bytes(range(12))
LUMA_AC = bytes.fromhex(
    "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728"
    "292a3435363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7"
    "a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
CHROMA_AC = bytes.fromhex(
    "0002010204040304070504040001027700010203110405213106124151076171132232810814429"
    "1a1b1c109233352f0156272d10a162434e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768696a7374757677"
    "78797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8"
    "e9eaf2f3f4f5f6f7f8f9fa"
)
USUAL = (  # headers of scans, first those of progressive files, and of frames
    "ffda00080102113f01ffda00080103113f01ffda0008010100063f02ffda0008010100013f21ffda0008010100010502"
    "ffda000c03010002100310000010ffda0008010311013f10ffda0008010211013f10ffda0008010100013f10ffda000c03010002110311000001"
    "ffc2001108000000000301220002110103110100ffc20011080000000003011100021101031101"
    "ffdd0004ffc0000b080000000001011100ffc400ffda0008010100003f00"
    "ffc0001108000000000301220002110103110100ffc00011080000000003011100021101031101ffc00011080000000003012100021101031101"
    "ffda000c03010002110311003f00ffd8ffe00010ffe1ffdb0084ffd9"
)
TEXTS = (  # of which there are many in metadata
    b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>",
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 5"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"',
    b"</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>http://ns.adobe.com/xap/1.0/\0<?xpacket begin='\xef\xbb\xbf' ",
    b"id='W5M0MpCehiHzreSzNTczkc9d'?>ICC_PROFILE\0\1\1MPF\0Photoshop 3.0\08BIMDucky\0\1\0\4",
    b"Exif\0\0MM\0*\0\0\0\x08\0Exif\0\0II*\0\x08\0\0\0Adobe\0d\0\0\0\0\1JFIF\0\1\2\0\0\1\0\1\0\0JFIF\0\1\1\1\0H\0H\0\0JFIF\0\1\1\0\0\1\0\1\0\0",
)
STANDARD_DC, STANDARD_AC = {0: LUMA_DC, 1: CHROMA_DC}, {0: LUMA_AC, 1: CHROMA_AC}


@cache
def steps_of_quality(quality: int, chroma: bool) -> tuple[int, ...]:
    """The steps of quantisation of the IJG's library for a quality from 1 to 100, in natural order."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = ((CHROMA_STEPS if chroma else LUMA_STEPS) * scale + 50) // 100
    return tuple(int(step) for step in np.clip(steps, 1, 255))


@cache
def _qualities() -> dict[tuple[int, ...], int]:
    return {steps_of_quality(quality, chroma): quality for quality in range(1, 101) for chroma in (True, False)}


def quality_of(steps: tuple[int, ...]) -> tuple[int, bool]:
    """(quality, True) for steps that the IJG's library has for luma or chroma; else the nearest quality for luma, and False."""
    if steps in _qualities():
        return _qualities()[steps], True
    sums = [abs(sum(steps_of_quality(quality, False)) - sum(steps)) for quality in range(1, 101)]
    return 1 + sums.index(min(sums)), False


@cache
def primer() -> bytes:
    """What tables and headers are packed with: those that stand in it cost a few bytes. Part of the format: it never changes."""
    qualities = [
        b"\xff\xdb\0C" + bytes([chroma]) + bytes(steps_of_quality(quality, bool(chroma))[place] for place in ZIGZAG)
        for quality in range(1, 101)
        for chroma in (0, 1)
    ]
    tables = [bytes([place]) + table for place, table in ((0x00, LUMA_DC), (0x10, LUMA_AC), (0x01, CHROMA_DC), (0x11, CHROMA_AC))]
    single = [b"\xff\xc4" + (2 + len(table)).to_bytes(2, "big") + table for table in tables]
    return b"".join([*TEXTS, *qualities, bytes.fromhex(USUAL), b"\xff\xc4\1\xa2", *tables, *single])
