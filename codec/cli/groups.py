"""A group of commands that may be called by as much of their names as tells them apart."""

from __future__ import annotations

import click


class Abbreviated(click.Group):
    """A group that takes beginnings of names, and lists its commands in the order in which they were added."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        found = [name for name in self.commands if name.startswith(args[0])]
        if not args[0] or args[0] in self.commands or not found:
            return super().resolve_command(ctx, args)
        if len(found) > 1:
            ctx.fail(f"{args[0]!r} may be {' or '.join(found)}")
        return super().resolve_command(ctx, [found[0], *args[1:]])

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)
