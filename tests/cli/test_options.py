"""Options that several commands share: what they take, what they refuse, and how shells complete them."""

from __future__ import annotations

import click
import pytest
from helpers.cli import run

from codec.cli.files import compress
from codec.cli.options import complete_method, read_region
from codec.density.efforts import EFFORTS
from codec.methods.choice import names

CONTEXT, PARAMETER = click.Context(click.Command("name")), click.Option(["--region"])


def test_a_region_is_four_numbers() -> None:
    assert read_region(CONTEXT, PARAMETER, "1,2,30,40") == (1, 2, 30, 40) and read_region(CONTEXT, PARAMETER, None) is None


@pytest.mark.parametrize("region", ["1,2,3", "a,b,c,d", "0,0,0,5", "-1,0,5,5", "", "1,2,3,4,5"])
def test_what_is_no_region_of_any_picture_is_wrong_usage(region: str) -> None:
    result = run("decompress", "x.bb", "--region", region)
    assert result.exit_code == 2 and "--region" in result.output


def test_help_and_shells_name_every_method() -> None:
    assert f"--method [{'|'.join(names())}]" in run("compress", "--help").output
    assert [item.value for item in complete_method(CONTEXT, PARAMETER, "")] == list(names())
    assert [item.value for item in complete_method(CONTEXT, PARAMETER, "p")] == ["photo", "planes"]


def test_another_method_is_wrong_usage_that_names_those_that_there_are() -> None:
    result = run("compress", "x.png", "--method", "magic")
    assert result.exit_code == 2 and f"'magic' is none of {', '.join(names())}" in result.output


def test_an_effort_is_one_of_those_that_there_are_and_a_number() -> None:
    assert run("compress", "x.png", "--effort", "3").exit_code == 2
    context = compress.make_context("compress", ["x.png", "--effort", str(max(EFFORTS))])
    assert context.params["effort"] == max(EFFORTS)


@pytest.mark.parametrize(
    "arguments", [("-T", "0"), ("-T", "65"), ("--max-pixels", "0"), ("-N", "many")], ids=" ".join
)  # fmt: skip
def test_numbers_beyond_their_limits_are_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run("compress", "x.png", *arguments).exit_code == 2


def test_particles_of_density_are_a_list_of_numbers() -> None:
    result = run("density", "x.npy", "--particles", "many")
    assert result.exit_code == 2 and "1,8,64" in result.output
