"""Settings of training runs: saved with the weights, checked, and never silently misspelled."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from helpers.toy_training import ToyConfig, ToyTraining

from codec.errors import BadConfig
from codec.learn.common.config import config_from_json, config_from_settings, config_to_json


def test_a_config_survives_its_checkpoint() -> None:
    config = ToyTraining(net=ToyConfig(7, (3, 1)), batch=5, rate=0.25)
    assert config_from_json(ToyTraining, config_to_json(config)) == config


def test_settings_of_run_and_net_are_given_side_by_side() -> None:
    config = config_from_settings(ToyTraining, {"inputs": 3, "batch": 8, "minutes": None, "shape": (2, 2)})
    assert config == ToyTraining(net=ToyConfig(3, (2, 2)), batch=8)


@pytest.mark.parametrize("text", ['{"colour": 1}', '{"net": {"colour": 1}}'])
def test_a_misspelled_setting_is_refused(text: str) -> None:
    with pytest.raises(BadConfig, match="colour"):
        config_from_json(ToyTraining, text)


@pytest.mark.parametrize("settings", [{"minutes": 0.0}, {"steps": -1}, {"rate": 0.0}, {"quantise": 1.5}, {"average": -0.1}])
def test_settings_that_cannot_be_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(BadConfig):
        config_from_settings(ToyTraining, settings)
