"""A plugin for Pillow: after `import codec.pillow`, Image.open("x.bb") reads compressed pictures, and image.save("x.bb") writes them.

    import codec.pillow
    image = Image.open("photo.bb")
    image.save("copy.bb", model="photo", particles=4)

Opening reads the size and the mode only; the pixels are decoded when they are needed, the metadata with them. Saving takes what
codec.compress takes. A damaged file is an OSError, as in Pillow's own plugins.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from PIL import Image, ImageFile

from codec import api
from codec.errors import CodecError

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess

FORMAT, ENDING, MIME = "BB", ".bb", "image/x-bb"


class BBImageFile(ImageFile.ImageFile):
    """A compressed picture, or an original that was kept as it is."""

    format = FORMAT
    format_description = "codec: lossless, by a density model and bits-back coding"

    def _open(self) -> None:
        self._content: bytes | None = self.fp.read()  # type: ignore[union-attr, unused-ignore]
        try:
            info = api.info(self._content)
            found = None if isinstance(info, api.PictureInfo) else api.decompress(self._content)
        except CodecError as error:
            raise SyntaxError(str(error)) from error
        if isinstance(info, api.PictureInfo):
            self._mode, self._size = info.mode, (info.width, info.height)
        elif isinstance(found, Image.Image):
            self._mode, self._size = found.mode, found.size
        else:
            raise SyntaxError("an array of images, no picture")
        self.tile = []

    def load(self) -> PixelAccess | None:
        if self._content is not None:
            try:
                found = api.decompress(self._content)
            except CodecError as error:
                raise OSError(str(error)) from error
            assert isinstance(found, Image.Image), "_open refuses arrays"
            found.load()
            self._content, self.im, self._mode, self.palette = None, found.im, found.mode, found.palette
            self.info |= found.info
        return super().load()


def _accept(start: bytes) -> bool:
    return api.is_compressed(start)


def _save(image: Image.Image, file: IO[bytes], name: str | bytes) -> None:
    file.write(api.compress(image, **getattr(image, "encoderinfo", {})))


Image.register_open(FORMAT, BBImageFile, _accept)
Image.register_save(FORMAT, _save)
Image.register_extension(FORMAT, ENDING)
Image.register_mime(FORMAT, MIME)
