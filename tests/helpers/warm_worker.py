"""Says whether the kernels of photos are warm in a fresh process.

python -m helpers.warm_worker
"""

from codec.density.photo.warm_up import is_warm

if __name__ == "__main__":
    print(is_warm())
