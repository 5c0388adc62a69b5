"""bench/measure/start.py: the first use of every kernel, and of a photo, is timed."""

import pytest

from bench.measure.fresh import fresh_process
from bench.measure.start import first_use


def test_the_first_use_of_every_coder_and_of_a_photo_is_timed(tiny_photos):
    found = first_use()
    assert set(found) == {"table", "bernoulli", "mixture", "photo"} and min(found.values()) > 0


def test_a_fresh_process_finds_the_project_and_its_own_environment():
    code = "import json, os, bench; print(json.dumps(os.environ['SOMETHING']))"
    assert fresh_process(code, {"SOMETHING": "here"}) == "here"
    with pytest.raises(Exception, match="exit status 1"):
        fresh_process("import nothing_of_this_name")
