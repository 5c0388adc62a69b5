"""python -m codec: the same as the `codec` command."""

from codec.cli.main import main

main(prog_name="codec")
