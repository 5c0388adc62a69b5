#!/usr/bin/env bash
# Compress an array on a small disk that is full: prints the exit code, what lies on the disk, and whether the array is the same.
# In a mount namespace of its own: unshare --mount bash full_disk.sh PYTHON MODEL, in a folder with x.npy and an empty folder `disk`.
set -e
mount -t tmpfs -o size=64k,mode=777 none disk
cp x.npy disk/
head -c 1M /dev/zero > disk/fill 2>/dev/null || true
set +e
"$1" -m codec compress disk/x.npy --model "$2" --rm; echo "exit $?"
ls -A disk
cmp x.npy disk/x.npy && echo same
