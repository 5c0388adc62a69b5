"""What something costs under a model: a function; and the room of the densities, which are what codes and prices it.

    codec.density(image, model=None, *, particles=(1, 4, 16), seed=0, traces=True, threads=None, max_pixels=1 << 28)

gives estimates of -log2 p(x), as `codec density --json` prints them: `estimates`, one for each number of particles. image, model: as
codec.compress takes them; seed: of the particles. Raises CodecError.
"""
