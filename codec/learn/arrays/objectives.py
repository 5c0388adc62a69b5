"""The objectives that train the nets of digits, as plain functions of log-weights.

Notation: for an image x, particles z_1 ... z_k ~ q(z|x), log-weights log w_i = log p(x|z_i) + log p(z_i) - log q(z_i|x), normalised
weights v_i = w_i / sum_j w_j. Each function maps log-weights [particles, images] to a `Weighting`: the bound itself [images], and with
which weight the gradient of each log w_i counts for the model's parameters and for the posterior's:

    d bound / d model      =  sum_i model_i     * d log w_i / d model
    d bound / d posterior  =  sum_i posterior_i * d log w_i / d posterior

For ELBO and IWAE both are the bound's own derivative. Other estimators differ in the posterior's weights, or hold the posterior's
parameters in log q constant (`frozen`: the gradient reaches them through the samples alone). `surrogate` turns terms of a net and a
weighting into one scalar whose gradient is minus all of the above, in a single backward pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from codec.errors import BadConfig
from codec.learn.arrays.particles import Terms
from codec.learn.common.autograd import on_gradient

TINY = 1e-9


class Weighting(NamedTuple):
    """`bound` [images]; `model` and `posterior` [particles, images], constants."""

    bound: Tensor
    model: Tensor
    posterior: Tensor


def elbo(log_weights: Tensor) -> Weighting:
    """ELBO, L = k samples, the KL sampled too: (1/L) sum_i log w_i."""
    weights = torch.full_like(log_weights, 1.0 / len(log_weights))
    return Weighting(log_weights.mean(0), weights, weights)


def elbo_analytic(log_likelihood: Tensor, divergence: Tensor) -> Tensor:
    """ELBO, L = k samples, closed KL: (1/L) sum_i log p(x|z_i) - KL(q(z|x) || p(z)) -> [images].

    With two stochastic layers the lower one's KL is closed given the upper one's sample, and averaged over the samples.
    """
    return (log_likelihood - divergence).mean(0)


def iwae(log_weights: Tensor) -> Weighting:
    """IWAE_k: log (1/k) sum_i w_i; every log w_i counts v_i."""
    weights = torch.softmax(log_weights, 0)
    return Weighting(torch.logsumexp(log_weights, 0) - math.log(len(log_weights)), weights, weights)


def stl(log_weights: Tensor) -> Weighting:
    """Sticking the landing: IWAE_k, the posterior's parameters frozen in log q. Less noise, biased for k > 1 (the score term has mean
    zero for k = 1 only)."""
    return iwae(log_weights)


def dreg(log_weights: Tensor) -> Weighting:
    """Doubly reparametrised IWAE_k: the posterior's parameters frozen in log q, and sum_i v_i^2 d log w_i / d posterior. Unbiased."""
    bound, weights, _ = iwae(log_weights)
    return Weighting(bound, weights, weights.square())


def miwae(log_weights: Tensor, groups: int) -> Weighting:
    """MIWAE(M, K), M = groups of K = k / M particles: (1/M) sum_m log (1/K) sum_i w_mi."""
    grouped = _grouped(log_weights, groups)
    size = grouped.shape[1]
    bound = (torch.logsumexp(grouped, 1) - math.log(size)).mean(0)
    weights = (torch.softmax(grouped, 1) / groups).reshape(log_weights.shape)
    return Weighting(bound, weights, weights)


def piwae(log_weights: Tensor, groups: int) -> Weighting:
    """PIWAE(M, K): the model follows IWAE_MK, the posterior follows MIWAE(M, K)."""
    bound, model, _ = iwae(log_weights)
    return Weighting(bound, model, miwae(log_weights, groups).posterior)


def ciwae(log_weights: Tensor, share: float) -> Weighting:
    """CIWAE: share * ELBO + (1 - share) * IWAE_k."""
    low, high = elbo(log_weights), iwae(log_weights)
    weights = share * low.model + (1.0 - share) * high.model
    return Weighting(share * low.bound + (1.0 - share) * high.bound, weights, weights)


def prior_sampling(log_likelihood: Tensor) -> Weighting:
    """Maximum likelihood by sampling the prior, z_i ~ p(z): log (1/k) sum_i p(x|z_i). There is no posterior to train."""
    bound, weights, _ = iwae(log_likelihood)
    return Weighting(bound, weights, torch.zeros_like(weights))


def _grouped(log_weights: Tensor, groups: int) -> Tensor:
    if len(log_weights) % groups:
        raise BadConfig(f"{len(log_weights)} particles do not divide into {groups} groups")
    return torch.unflatten(log_weights, 0, (groups, -1))


@dataclass(frozen=True)
class Objective:
    """How a training step uses particles. `alternates`: posterior and model take turns (EM)."""

    weigh: Callable[[Tensor, int, float], Weighting]
    frozen: bool = False
    analytic: bool = False
    from_prior: bool = False
    alternates: bool = False


OBJECTIVES: dict[str, Objective] = {
    "elbo": Objective(lambda w, groups, share: elbo(w), analytic=True),
    "elbo-sampled": Objective(lambda w, groups, share: elbo(w)),
    "iwae": Objective(lambda w, groups, share: dreg(w), frozen=True),
    "dreg": Objective(lambda w, groups, share: dreg(w), frozen=True),
    "iwae-plain": Objective(lambda w, groups, share: iwae(w)),
    "stl": Objective(lambda w, groups, share: stl(w), frozen=True),
    "miwae": Objective(lambda w, groups, share: miwae(w, groups)),
    "piwae": Objective(lambda w, groups, share: piwae(w, groups)),
    "ciwae": Objective(lambda w, groups, share: ciwae(w, share)),
    "prior": Objective(lambda w, groups, share: prior_sampling(w), from_prior=True),
    "em": Objective(lambda w, groups, share: elbo(w), analytic=True, alternates=True),
}


def surrogate(terms: Terms, objective: Objective, groups: int = 1, share: float = 0.5) -> tuple[Tensor, Tensor]:
    """(loss, bound): the bound per image [images], and a scalar with minus the gradient of its sum as the objective estimates it.

    The model's side of log w_i is weighted `model`. What of its gradient goes on through a sample to the posterior is rescaled to
    `posterior` at `terms.routed`; hence the floor under the model's weights: TINY of the posterior's, so that none is a division by 0.
    """
    if objective.analytic:
        bound = elbo_analytic(terms.log_likelihood, terms.divergence)
        return -bound.sum(), bound.detach()
    with torch.no_grad():
        bound, model, posterior = objective.weigh(terms.log_likelihood if objective.from_prior else terms.log_weights, groups, share)
        if posterior is not model:
            model = torch.maximum(model, TINY * posterior).clamp_min(torch.finfo(model.dtype).tiny)
            ratio = (posterior / model).unsqueeze(-1)
    if posterior is not model:
        for sample in terms.routed:
            if sample.requires_grad:
                on_gradient(sample, lambda gradient: gradient * ratio)
    if objective.from_prior:
        return -(model * terms.log_likelihood).sum(), bound
    return -(model * (terms.log_likelihood + terms.log_prior)).sum() + (posterior * terms.log_posterior).sum(), bound
