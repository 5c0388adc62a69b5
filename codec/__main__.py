"""python -m codec: the same as the `codec` command."""

from codec.cli import main

main(prog_name="codec")
