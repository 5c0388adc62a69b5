"""The commands that need torch: train, export."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from codec.cli import options
from codec.cli.groups import Abbreviated
from codec.cli.training_lines import TrainingLines
from codec.errors import MissingPackage

# options that all trainings have
RESUME = click.option(
    "--resume", is_flag=True, help="Go on from the checkpoint at --output, with its settings; --minutes is the new total."
)
MINUTES = click.option("--minutes", type=float, help="Time to train; the learning rate falls over it.  [default: 30]")
AVERAGE = click.option("--average", default=0.999, show_default=True, help="Decay of the average of the weights.")
THREADS = click.option("--threads", default=0, help="Threads of torch.  [default: all cores]")
DEVICE = click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")


@click.group(cls=Abbreviated)
def train() -> None:
    """Train a model (needs torch: pip install "codec[train]")."""


@train.command("digits")
@click.option("--data", required=True, type=options.PATH, help="28x28 images: an idx file (.gz or not), .npy, .npz or a folder.")
@click.option("--output", "-o", type=options.PATH, default="digits.pt", show_default=True, help="Checkpoint to write.")
@RESUME
@click.option("--start", type=options.PATH, help="Begin with the weights of this checkpoint.")
@click.option("--renew-top", is_flag=True, help="With --start: begin anew with the upper latent layer, which has died.")
@click.option("--likelihood", default="bernoulli", show_default=True, help="bernoulli (binarised pixels) or logistic (8-bit pixels).")
@click.option("--layers", default=1, show_default=True, help="Stochastic layers, 1 or 2.")
@click.option("--size", default=1.0, show_default=True, help="Multiplies every hidden width.")
@click.option(
    "--objective", default="iwae", show_default=True, help="elbo, elbo-sampled, iwae, iwae-plain, stl, miwae, piwae, ciwae, prior, em."
)
@click.option("--particles", default=50, show_default=True, help="Particles of an image at the end.")
@click.option("--early-particles", default=5, show_default=True, help="Particles at the beginning.")
@click.option("--early", default=0.5, show_default=True, help="Part of the time with --early-particles.")
@click.option("--groups", default=5, show_default=True, help="Groups of particles, for miwae and piwae.")
@click.option("--share", default=0.5, show_default=True, help="Share of the ELBO, for ciwae.")
@MINUTES
@click.option("--batch", default=100, show_default=True, help="Images in a step.")
@click.option("--rate", default=1e-3, show_default=True, help="Highest learning rate.")
@click.option("--warmup", default=0.0, show_default=True, help="Part of the time in which the last latents' prior and posterior come in.")
@click.option("--top-warmup", default=0.0, show_default=True, help="The same for the latents above them (--layers 2).")
@click.option("--tighten", default=0.0, show_default=True, help="Last part of the time that trains the posterior alone, on the ELBO.")
@click.option("--quantise", default=0.0, show_default=True, help="Last part of the time that trains on the integer grid.")
@click.option("--precision", default="bfloat16", show_default=True, help="Of matrix products: bfloat16 or float32.")
@click.option("--seed", default=0, show_default=True, help="Of weights, noise and order.")
@click.option("--validation", default=1000, show_default=True, help="Images kept from the end of the data for the validation curve.")
@THREADS
@DEVICE
def train_digits(
    data: Path,
    output: Path,
    resume: bool,
    start: Path | None,
    renew_top: bool,
    minutes: float | None,
    threads: int,
    device: str,
    **settings: object,
) -> None:
    """Train a density model of 28x28 images. Ctrl-C stops it and leaves a usable checkpoint.

    \b
    codec train digits --data train-images-idx3-ubyte.gz --minutes 30 --quantise 0.15 -o mine.pt
    codec train digits --data train-images-idx3-ubyte.gz --resume --minutes 60 -o mine.pt
    """
    with _needing_more("training"):
        from codec.learn.arrays.command import train_on_digits
        from codec.learn.common.command import TrainingRequest
    train_on_digits(TrainingRequest(data, output, resume, start, minutes, threads, device, settings), renew_top, TrainingLines().say)


@train.command("arrays")
@click.option("--data", required=True, type=options.PATH, help="Images of one size: .npy, .npz, an idx file (.gz or not) or a folder.")
@click.option("--output", "-o", type=options.PATH, default="arrays.pt", show_default=True, help="Checkpoint to write.")
@RESUME
@click.option("--start", type=options.PATH, help="Begin with the weights of this checkpoint.")
@click.option("--likelihood", help="bernoulli (binarised pixels) or logistic (8 bits).  [default: what the pixels are]")
@click.option("--layers", default=0, show_default=True, help="Layers of latents; 0: none, a context net alone.")
@click.option("--context", type=click.Choice(["0", "1"]), help="Whether a pixel sees those before it.  [default: 1 without layers, else 0]")
@click.option("--widths", callback=options.read_numbers, help="Features of each scale, finest first.  [default: 64,64,64, or 32,32]")
@click.option("--per-scale", callback=options.read_numbers, help="Layers of each scale, finest first.  [default: --layers, shared out]")
@click.option("--latents", type=int, help="With layers: channels of each layer's latents.  [default: 8, beside a context 4]")
@click.option("--bottom-up", type=int, help="With layers: blocks of each scale of the encoder.  [default: 1]")
@click.option("--told", type=int, help="With layers and a context: numbers of a pixel that latents tell the context.  [default: 8]")
@click.option("--objective", help="With layers: elbo, iwae (dreg), iwae-plain, stl, miwae, piwae or ciwae.  [default: elbo]")
@click.option("--particles", type=int, help="With layers: particles of an image, for objectives other than elbo.  [default: 1]")
@click.option("--groups", type=int, help="With layers: groups of particles, for miwae and piwae.  [default: 1]")
@click.option("--warmup", type=float, help="With layers: part of the time in which prior and posterior come in.  [default: 0.05]")
@click.option("--free-bits", type=float, help="With layers: bits/dim that a layer may cost for nothing.  [default: 0.002]")
@click.option(
    "--reach",
    callback=options.read_numbers,
    help="Of a context: how far a pixel sees to its left, and to both sides in each row above it.  [default: 5,4,4,3,2]",
)
@click.option("--units", type=int, help="Of a context: units of the trunk's layers.  [default: 128]")
@click.option("--blocks", type=int, help="Of a context: residual layers of the trunk.  [default: 2]")
@click.option("--features", type=int, help="Of a context: features of each channel.  [default: 40]")
@click.option("--components", type=int, help="Logistic components of a channel.  [default: 5, with layers 2]")
@click.option("--flips", is_flag=True, help="See images mirrored, too.")
@MINUTES
@click.option("--batch", type=int, help="Images in a step, or pixels without layers.  [default: 32, without layers 4096]")
@click.option("--rate", type=float, help="Highest learning rate.  [default: 5e-3, with layers 2e-3]")
@click.option("--quantise", type=float, help="Of a context: last part of the time that trains on the integer grid.  [default: 0.15]")
@AVERAGE
@click.option("--precision", default="bfloat16", show_default=True, help="Of matrix products: bfloat16 or float32.")
@click.option("--seed", default=0, show_default=True, help="Of weights, noise and order.")
@click.option("--validation", type=int, help="Images kept from the end of the data.  [default: 1000, with layers 500; a tenth of few]")
@THREADS
@DEVICE
def train_arrays(
    data: Path,
    output: Path,
    resume: bool,
    start: Path | None,
    minutes: float | None,
    threads: int,
    device: str,
    layers: int,
    context: str | None,
    **settings: object,
) -> None:
    """Train a density model of images of any shape up to 256x256: a VAE of several layers of latents, or each pixel given those before it.

    \b
    codec train arrays --data images.npy --layers 6 --minutes 60 -o mine.pt
    codec train arrays --data images.npy --minutes 30 -o mine.pt
    codec export mine.pt --data images.npy
    codec compress images.npy --model mine.bbm
    """
    with _needing_more("training"):
        from codec.learn.arrays.arrays_command import train_on_arrays
        from codec.learn.common.command import TrainingRequest
    request = TrainingRequest(data, output, resume, start, minutes, threads, device, settings)
    train_on_arrays(request, TrainingLines().say, layers=layers, context=None if context is None else context == "1")


@train.command("photo")
@click.option("--data", required=True, type=options.PATH, help="Folder of pictures; manifest.csv (file, split) may split it.")
@click.option("--output", "-o", type=options.PATH, default="photo.pt", show_default=True, help="Checkpoint to write.")
@click.option("--cache", type=options.PATH, help="Folder for predictions.  [default: photo-cache beside the checkpoint]")
@click.option("--most-tiles", default=2000, show_default=True, help="Tiles to use: a colour one takes 2.7 MB in the cache.")
@click.option("--turned", default=0, show_default=True, help="How many times each tile is there again, turned or mirrored.")
@RESUME
@click.option("--start", type=options.PATH, help="Begin with the weights of this checkpoint or model file.")
@click.option("--channels", type=click.Choice(["1", "3"]), default="3", show_default=True, help="1: gray pictures, 3: colour.")
@click.option("--predictors", default="two", show_default=True, help="The set of least-squares predictors: one, two or four.")
@click.option(
    "--surroundings",
    type=(int, int, int, int),
    default=(16, 10, 6, 0),
    show_default=True,
    help="Inputs: neighbours of luma and of each other channel, errors of the first predictor and of each further one, to 20 of each.",
)
@click.option("--trunk", type=(int, int), default=(64, 48), show_default=True, help="Units of the trunk's two layers.")
@click.option("--head", default=32, show_default=True, help="Hidden units of each channel's head.")
@click.option("--components", default=3, show_default=True, help="Logistic components of a channel.")
@click.option("--latents", default=24, show_default=True, help="Dimensions of z; 0: no z.")
@click.option("--objective", default="elbo", show_default=True, help="elbo or iwae.")
@click.option("--particles", default=1, show_default=True, help="Particles of a tile.")
@MINUTES
@click.option("--learning", default="none", show_default=True, help="Layers that learn as while coding: none, outputs, heads or all.")
@click.option("--cold", default=0.2, show_default=True, help="With --learning: share of tiles that have taught nothing yet.")
@click.option("--tiles", default=32, show_default=True, help="Tiles in a step.")
@click.option("--pixels", default=512, show_default=True, help="Pixels of a tile in a step.")
@click.option("--samples", default=256, show_default=True, help="Pixels of a tile in a step that the posterior sees.")
@click.option("--fixed", default=0.15, show_default=True, help="Share of tiles with z fixed at 0.")
@click.option("--rate", default=3e-3, show_default=True, help="Highest learning rate.")
@click.option("--warmup", default=0.2, show_default=True, help="Part of the time in which prior and posterior come in.")
@click.option("--quantise", default=0.25, show_default=True, help="Last part of the time that trains on the integer grid.")
@AVERAGE
@click.option("--seed", default=0, show_default=True, help="Of weights, noise and order.")
@THREADS
@DEVICE
def train_photo(
    data: Path,
    output: Path,
    cache: Path | None,
    resume: bool,
    start: Path | None,
    channels: str,
    minutes: float | None,
    threads: int,
    device: str,
    **settings: object,
) -> None:
    """Train the photo model on pictures. Ctrl-C stops it and leaves a usable checkpoint.

    \b
    codec train photo --data my-photos --latents 0 --quantise 0 --minutes 24 -o start.pt
    codec train photo --data my-photos --start start.pt --rate 1.5e-3 --minutes 42 -o mine.pt
    """
    with _needing_more("training"):
        from codec.learn.common.command import TrainingRequest
        from codec.learn.photo.command import train_on_photos
    chosen = {**settings, "channels": int(channels)}
    train_on_photos(TrainingRequest(data, output, resume, start, minutes, threads, device, chosen), cache, TrainingLines().say)


@train.command("jpeg")
@click.option("--data", required=True, type=options.PATH, help="Folder of JPEG files; manifest.csv (file, split) may split it.")
@click.option("--output", "-o", type=options.PATH, default="jpeg.pt", show_default=True, help="Checkpoint to write.")
@click.option("--cache", type=options.PATH, help="Folder for what nets see of the files.  [default: jpeg-cache beside the checkpoint]")
@RESUME
@click.option("--start", type=options.PATH, help="Begin with the weights of this checkpoint.")
@click.option("--hidden", type=(int, int), default=(64, 32), show_default=True, help="Units of the two hidden layers.")
@click.option("--learning", default="directed", show_default=True, help="How layers learn while coding: none, half, all, whole, directed.")
@click.option("--prediction", default="learnt", show_default=True, help="What coefficients are predicted by: learnt or solved weights.")
@click.option("--components", default=3, show_default=True, help="Logistic components of a coefficient.")
@MINUTES
@click.option("--luma", default=6144, show_default=True, help="Symbols of luma in a step.")
@click.option("--chroma", default=2048, show_default=True, help="Symbols of chroma in a step.")
@click.option("--rate", default=3e-3, show_default=True, help="Highest learning rate.")
@click.option("--quantise", default=0.2, show_default=True, help="Last part of the time that trains on the integer grid.")
@AVERAGE
@click.option("--seed", default=0, show_default=True, help="Of weights, noise and order.")
@THREADS
@DEVICE
def train_jpeg(
    data: Path,
    output: Path,
    cache: Path | None,
    resume: bool,
    start: Path | None,
    minutes: float | None,
    threads: int,
    device: str,
    **settings: object,
) -> None:
    """Train the model of JPEG files. Ctrl-C stops it and leaves a usable checkpoint.

    \b
    codec train jpeg --data my-photos --minutes 28 -o mine.pt
    codec export mine.pt --data my-photos
    """
    with _needing_more("training"):
        from codec.learn.common.command import TrainingRequest
        from codec.learn.jpeg.command import train_on_jpegs
    train_on_jpegs(TrainingRequest(data, output, resume, start, minutes, threads, device, settings), cache, TrainingLines().say)


@click.command()
@click.argument("checkpoint", type=options.PATH)
@click.option("--data", type=options.PATH, help="The training images (idx, .npy or folder): for probes, depths and rates of a checkpoint.")
@click.option(
    "--cache", type=options.PATH, help="Of a photo or JPEG model: the folder that training filled.  [default: beside the checkpoint]"
)
@click.option(
    "--learning", default="directed-often-4-1", show_default=True,
    help="Of a photo model, what learns while it codes: none, outputs, heads, all, directed, or another name of docs/training.md; "
    "of a JPEG model's file: none, half, all, whole, directed.",
)  # fmt: skip
@click.option(
    "--particles", default=1, show_default=True, help="Of a hierarchy: how many an image is coded with if nobody says another number."
)
@click.option("-o", "--output", type=options.PATH, help="Model file to write.  [default: CHECKPOINT with the ending .bbm]")
@click.option("--fact", "facts", multiple=True, metavar="KEY=VALUE", help="Something to store with the model; can be given again.")
@options.force
def export(
    checkpoint: Path, data: Path | None, cache: Path | None, learning: str, particles: int, output: Path | None, facts: tuple[str, ...],
    force: bool,
) -> None:  # fmt: skip
    """Make a model file of a training checkpoint (needs torch).

    \b
    codec export mine.pt --data my-photos                    gives mine.bbm
    codec export mine.bbm --learning heads -o slower.bbm     another model with these weights
    codec compress img.png --model mine.bbm
    """
    with _needing_more("exporting"):
        from codec.learn.export import export_checkpoint
    from codec.system import files

    target = output or checkpoint.with_suffix(".bbm")
    files.check_free(target, force)
    pairs = dict(fact.partition("=")[::2] for fact in facts)
    files.write_bytes(target, export_checkpoint(checkpoint, data, pairs, cache, learning, particles), force)


@contextmanager
def _needing_more(doing: str) -> Iterator[None]:
    """Imports inside may lack what only learning needs."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingPackage(f'{doing} needs {error.name}: pip install "codec[train]"') from error
