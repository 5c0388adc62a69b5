"""bench/codecs/commands.py: programs are used where they are found, and not where they lose data."""

import sys

import pytest
from helpers.stand_in import smooth

from bench.codecs import commands
from bench.errors import RoundTripFailed
from bench.measure.items import Item, size


def item(mode="RGB"):
    return Item("a.png", smooth(mode, 40, 56).pixels, mode)


FAKE = """#!{python}
import sys, zlib
words, how = sys.argv[1:], {how!r}
files = [word for word in words if "/" in word]
if len(files) < 2:
    print("{name} 1.2")
    sys.exit(0)
if how == "fails" or (how == "fails to decode" and not files[0].endswith("m")):
    sys.exit("out of luck")
if how == "writes nothing":
    sys.exit(0)
content = open(files[0], "rb").read()
if content[:1] == b"P":
    content = zlib.compress(content)
else:
    content = bytearray(zlib.decompress(content))
    content[-1] ^= how == "loses a bit"
open(files[1], "wb").write(content)
"""


@pytest.fixture
def pretend(tmp_path, monkeypatch):
    """pretend(command, how): programs of a command's names come on PATH that deflate, or do something wrong."""

    def make(command, how=""):
        for name in command.programs:
            script = tmp_path / name
            script.write_text(FAKE.format(python=sys.executable, how=how, name=name))
            script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return commands.found(command)

    return make


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
def test_a_command_is_used_where_it_is_found(command, pretend, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commands.found(command) is None
    peer = pretend(command)
    assert peer.name == command.name and peer.version == f"{command.version[0]} 1.2"
    for mode in ("L", "RGB"):
        assert 0 < size(peer, item(mode))["bytes"] < item(mode).pixels.size


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("loses a bit", "does not return a"),
        ("fails", "failed: out of luck"),
        ("fails to decode", "failed: out of luck"),
        ("writes nothing", "failed: it says nothing"),
    ],
)
def test_a_command_that_loses_data_or_fails_is_not_measured(command, how, said, pretend):
    with pytest.raises(RoundTripFailed, match=said) as caught:
        size(pretend(command, how), item())
    assert command.name in str(caught.value)
