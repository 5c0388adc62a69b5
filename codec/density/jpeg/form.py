"""The form of a JPEG file's coefficients: what is known of them before they are decoded.

The data are a list of int16 arrays [rows, columns, 64], one for each component, C-contiguous: the quantised coefficients of its blocks, in
natural order (place v * 8 + u: v the vertical frequency, u the horizontal one), the DC as it is, not as a difference.

A part is a slice of rows of units. A unit is vertical x horizontal blocks of every component, as an MCU of all components has them; of a
component that has fewer rows of blocks than the units, a part has those that there are. The data of a part are those of these rows.
"""

from __future__ import annotations

from codec.system.records import record


@record(frozen=True)
class ComponentForm:
    """rows, columns: blocks that are coded, those that pad MCUs included as the file has them; horizontal, vertical: the sampling factors;
    steps: the 64 steps of quantisation in natural order."""

    rows: int
    columns: int
    horizontal: int
    vertical: int
    steps: tuple[int, ...]

    def rows_of(self, part: slice) -> slice:
        """The rows of blocks that the component has in a part, a slice of rows of units."""
        return slice(min(part.start * self.vertical, self.rows), min(part.stop * self.vertical, self.rows))


@record(frozen=True)
class JpegForm:
    """The components of a file in the order of its frame."""

    components: tuple[ComponentForm, ...]

    @property
    def unit_rows(self) -> int:
        """How many rows of units there are."""
        return max(-(-one.rows // one.vertical) for one in self.components)
