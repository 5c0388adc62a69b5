"""The types of arrays that kernels take: of one kind of element and a fixed number of dimensions.

    Array1[np.int32]        a vector of int32            Array2[np.uint8]        a matrix of bytes

A kernel gets arrays that are C-contiguous and aligned; whether they can be written does not matter to one that only reads them.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import numpy as np
from numpy.typing import NDArray

Element = TypeVar("Element", bound=np.generic)

Array1 = Annotated[NDArray[Element], 1]
Array2 = Annotated[NDArray[Element], 2]
Array3 = Annotated[NDArray[Element], 3]
Array4 = Annotated[NDArray[Element], 4]
Array5 = Annotated[NDArray[Element], 5]
