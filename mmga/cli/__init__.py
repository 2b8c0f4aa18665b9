"""The command line `mmga`: what there is, in words; a command's code is imported when it is used.

`mmga --help` has to answer at once, so nothing here imports more than click.
"""

import importlib
import os
import sys

import click

from mmga import __version__
from mmga.errors import InputError, explanation, nearest

COMMANDS = {
    "sample": ("mmga.cli.data:sample", "Make a small world of users, posts and follows to try."),
    "import": ("mmga.cli.imports:import_", "Bring your own users, posts, pictures and follows."),
    "data": ("mmga.cli.versions:data", "Which version of the data trained which model."),
    "quality": ("mmga.cli.quality:quality", "What is true of the data, and whether they moved."),
    "register": ("mmga.cli.models:register", "Register the trained model as the challenger."),
    "promote": ("mmga.cli.models:promote", "Make the challenger champion, if it is better."),
    "rollback": ("mmga.cli.models:rollback", "Give the crown back to the previous champion."),
    "fans": ("mmga.cli.models:fans", "Who will become a fan of an account."),
    "followees": ("mmga.cli.models:followees", "Whom a user will follow."),
    "lookalike": ("mmga.cli.models:lookalike", "Users who are most like a user."),
    "embed": ("mmga.cli.models:embed", "The vectors that represent the users."),
    "forget": ("mmga.cli.privacy:forget", "Take a user out of the data, and find what knows them."),
    "audit": ("mmga.cli.audit:audit", "Whether the model knows what it is judged by."),
    "serve": ("mmga.cli.models:serve", "Answer questions over HTTP with the champion."),
    "doctor": ("mmga.cli.doctor:doctor", "What is wrong with this installation, and what to do."),
}
"""Command -> where its code is, and what it does in one line."""


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, imported now; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; a misspelt one is told the nearest."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}{nearest(args[0], list(COMMANDS))}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table above, so that nothing is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mmga")
def mmga() -> None:
    """Predict an account's next fans from pictures, words and the graph of follows.

    \b
    A first look:        mmga sample --out data   then   dvc repro
    Your own data:       mmga import tables --help
    Something is wrong:  mmga doctor
    """  # noqa: D301 (click reads the backspace)


def main() -> None:
    """The entry point: exit status 0 only on success, 1 for a wrong input, 2 for a wrong usage."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command line and say with which status it ends; an error is told on stderr."""
    try:
        status = mmga.main(arguments, prog_name="mmga", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has gone; Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ConnectionError as error:
        # Not `error: `, after which a flow does not try again: this may pass.
        click.echo(f"Error: {error}", err=True)
        return 1
    except (InputError, OSError) as error:
        told = explanation(error)
        if told is None:
            raise
        click.echo(f"error: {told}", err=True)
        return 1
    return status if isinstance(status, int) else 0
