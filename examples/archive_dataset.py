"""A data set of torch that reads its pictures straight from an archive, in as many worker processes as the loader has.

    python examples/archive_dataset.py set.bba
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

import codec


class ArchiveDataset(Dataset[torch.Tensor]):
    """The pictures of an archive, uint8 [channels, height, width], in the order of their names there."""

    def __init__(self, path: str) -> None:
        self.path, self.archive = path, codec.open_archive(path)
        self.names = self.archive.names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, number: int) -> torch.Tensor:
        pixels = np.atleast_3d(np.array(self.archive[self.names[number]]))
        return torch.from_numpy(pixels).permute(2, 0, 1)

    def __getstate__(self) -> str:
        return self.path

    def __setstate__(self, path: str) -> None:
        self.__init__(path)  # type: ignore[misc]  # each process opens the archive for itself


def main(path: str) -> None:
    # neighbours share blocks, so read them one after the other, or shuffle block by block
    loader = DataLoader(ArchiveDataset(path), batch_size=8, num_workers=2, multiprocessing_context="spawn")
    print(sum(len(batch) for batch in loader), "pictures")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/archive_dataset.py FILE.bba")
    main(sys.argv[1])
