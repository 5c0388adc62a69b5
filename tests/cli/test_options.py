"""Options that several commands share: what they take, what they refuse, and how shells complete them."""

from __future__ import annotations

import click
import pytest
from helpers.cli import run

from codec.cli.files import compress
from codec.cli.options import chosen_output, complete_method, read_amount, read_region
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


@pytest.mark.parametrize(
    ("arguments", "effort"),
    [
        ([], 5), (["--effort", "1"], 1), (["--effort", "4"], 2), (["--effort", "8"], 8), (["--effort=9"], 9), (["-1"], 1), (["-3"], 2),
        (["-6"], 6), (["-9"], 9), (["-9f"], 9), (["-f9"], 9), (["--effort", "5", "-9"], 9), (["-9", "--effort", "5"], 9),
    ],
)  # fmt: skip
def test_an_effort_is_a_number_or_a_digit_and_means_the_next_lower_one(arguments: list[str], effort: int) -> None:
    for given in ([*arguments, "x.png"], ["x.png", *arguments]):
        assert compress.make_context("compress", given).params["effort"] == effort


@pytest.mark.parametrize("arguments", [("--effort", "0"), ("--effort", "10"), ("-0",)], ids=" ".join)
def test_another_effort_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run("compress", "x.png", *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("text", "number"), [("5000", 5000), ("64k", 65536), ("3 ", 3), ("2G", 2 << 30), ("1MiB", 1 << 20), ("7mb", 7 << 20), ("1t", 1 << 40)]
)
def test_an_amount_is_a_number_of_bytes_with_or_without_a_unit(text: str, number: int) -> None:
    assert read_amount(CONTEXT, PARAMETER, text) == number and read_amount(CONTEXT, PARAMETER, None) is None


@pytest.mark.parametrize("text", ["", "0", "-5", "many", "1.5G", "5x", "G", "٣"])
def test_another_amount_is_wrong_usage(text: str) -> None:
    result = run("verify", "x.bb", "--max-bytes", text)
    assert result.exit_code == 2 and "no number of bytes" in result.stderr


def test_a_flag_stands_for_standard_output_and_for_nothing_else() -> None:
    assert [chosen_output(*given) for given in ((None, False), ("x", False), (None, True), ("-", True))] == [None, "x", "-", "-"]
    with pytest.raises(click.UsageError, match="one of them"):
        chosen_output("x", True)


@pytest.mark.parametrize(
    "arguments", [("-T", "0"), ("-T", "65"), ("--max-pixels", "0"), ("-N", "many")], ids=" ".join
)  # fmt: skip
def test_numbers_beyond_their_limits_are_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert run("compress", "x.png", *arguments).exit_code == 2


def test_particles_of_density_are_a_list_of_numbers() -> None:
    result = run("density", "x.npy", "--particles", "many")
    assert result.exit_code == 2 and "1,8,64" in result.output
