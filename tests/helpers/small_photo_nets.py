"""Small photo nets and settings to train them with. Needs torch."""

from __future__ import annotations

from dataclasses import replace

import torch

from codec.learn.common import quantise
from codec.learn.common.config import config_from_settings
from codec.learn.photo.nets import PhotoConfig, PhotoNet
from codec.learn.photo.train import PhotoTraining

SMALL = PhotoConfig(trunk=(16, 8), head=8, modulation=8, sample=(8, 6), posterior=8, latents=4)


def shaken_net(config: PhotoConfig) -> PhotoNet:
    """A net on the integer grid whose weights are large enough that everything it has matters."""
    torch.manual_seed(0)
    net = PhotoNet(config)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    quantise.calibrate(net)
    quantise.set_quantised(net, True)
    return net


def photo_training(latents: int = 4, channels: int = 3, **changes: object) -> PhotoTraining:
    """A training run of a small net: 30 small steps, if nothing else is said."""
    settings = {"steps": 30, "tiles": 4, "pixels": 64, "samples": 16, "quantise": 0.2, "average": 0.9, "validation": 0.05, **changes}
    return replace(config_from_settings(PhotoTraining, settings), net=replace(SMALL, latents=latents, channels=channels))
