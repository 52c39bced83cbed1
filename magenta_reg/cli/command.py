"""What the commands share: flags of their own, errors in one line, quiet by default."""

import sys
from pathlib import Path

from absl import flags

from magenta_reg.base import compat
from magenta_reg.base.errors import UserError
from magenta_reg.base.interrupts import Stopped


class Command:
    """A console command with its own flags.

    Each has its own FlagValues: Magenta's modules define flags of the same names in the global
    one as soon as they are imported.

    Attributes:
        flags: absl FlagValues; the command's module defines its flags with
            `flag_values=command.flags`.
    """

    def __init__(self, name, purpose):
        """Makes a command.

        Args:
            name: str, as typed in a shell.
            purpose: str, one line for `--help`.
        """
        self.name = name
        self.purpose = purpose
        self.flags = flags.FlagValues()
        self.boolean('help', False, 'Show this and exit.', short_name='h')
        self.integer('verbosity', 0, '1 shows the messages of TensorFlow and Magenta, too.')
        self.enum('log', None, ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'],
                  "Magenta's name for it: DEBUG and INFO are --verbosity=1.")

    def string(self, name, default, help_text):
        flags.DEFINE_string(name, default, help_text, flag_values=self.flags)

    def integer(self, name, default, help_text, **bounds):
        flags.DEFINE_integer(name, default, help_text, flag_values=self.flags, **bounds)

    def float(self, name, default, help_text, **bounds):
        flags.DEFINE_float(name, default, help_text, flag_values=self.flags, **bounds)

    def boolean(self, name, default, help_text, **options):
        flags.DEFINE_boolean(name, default, help_text, flag_values=self.flags, **options)

    def enum(self, name, default, values, help_text):
        flags.DEFINE_enum(name, default, values, help_text, flag_values=self.flags)

    def require(self, *names):
        """Raises UserError for the first of these flags that was not given."""
        for name in names:
            if self.flags[name].value in (None, ''):
                raise UserError(f'--{name} is required: {self.flags[name].help}')

    def path(self, name):
        """Returns the value of a flag as a Path with ~ expanded, or None if it is empty."""
        value = self.flags[name].value
        return Path(value).expanduser() if value else None

    def run(self, main, argv=None):
        """Runs `main(flags)` as a process does and exits.

        Exit status 0 on success, 2 with one line on standard error for a UserError or a flag that
        cannot be parsed, 130 for Ctrl-C, 143 for SIGTERM where a command puts things in order
        first; other exceptions keep their traceback.

        Args:
            main: function of the parsed flags.
            argv: list of str, without the command's name; the process's own by default.
        """
        try:
            self._parse(sys.argv[1:] if argv is None else argv)
            if self.flags.help:
                print(self.help_text())
                sys.exit(0)
            if self.flags.verbosity < 1 and self.flags.log not in ('DEBUG', 'INFO'):
                compat.quiet()
            main(self.flags)
        except BrokenPipeError:  # The reader of our output has seen enough.
            sys.stderr.close()
        except (UserError, OSError) as error:
            sys.exit(self._fail(_one_line(error), 2))
        except Stopped as stop:
            sys.exit(self._fail(str(stop), stop.status))
        except KeyboardInterrupt:
            sys.exit(self._fail('interrupted', 130))

    def _parse(self, argv):
        for name in self.flags:  # What an earlier call in this process was given.
            self.flags[name].unparse()
        try:
            rest = self.flags([self.name, *argv])[1:]
        except flags.Error as error:
            raise UserError(str(error)) from error
        if rest:
            raise UserError(f'unexpected argument {rest[0]!r}: options are given as --name=value')

    def _fail(self, message, status):
        print(f'{self.name}: {message}', file=sys.stderr)
        return status

    def help_text(self):
        """Returns the text of `--help`: the purpose and every flag with its default."""
        lines = [f'{self.name}: {self.purpose}', '']
        for name in sorted(set(self.flags) - {'h'}):
            flag = self.flags[name]
            default = '' if flag.default in (None, '') else f' (default: {flag.default})'
            lines += [f'  --{name}', f'      {" ".join(flag.help.split())}{default}']
        return '\n'.join(lines)


def _one_line(error):
    """Returns an error's message without line breaks; an OSError names the file."""
    if isinstance(error, OSError) and error.strerror:
        return f'{error.strerror}: {error.filename}'
    return ' '.join(str(error).split())
