"""The frame of every command: its own flags, help, errors in one line, exit statuses."""

import inspect
import os
import sys
from contextlib import suppress
from functools import partial

from absl import flags

from magenta_reg.base import compat
from magenta_reg.base.errors import UserError, explain
from magenta_reg.base.files import printable, user_path
from magenta_reg.base.interrupts import Stopped


class Command:
    """A console command.

    Its flags are its own, not absl's global ones: Magenta's modules define flags of the same names
    there as soon as they are imported. `string`, `integer`, `float`, `boolean` and `enum` define
    them, each as absl's DEFINE_ function of that name.

    Attributes:
        flags: absl FlagValues.
    """

    def __init__(self, name, purpose):
        """Makes a command, called `name` in a shell; `purpose` is one line for `--help`."""
        self.name, self.purpose, self.flags = name, purpose, flags.FlagValues()
        self.string = partial(flags.DEFINE_string, flag_values=self.flags)
        self.integer = partial(flags.DEFINE_integer, flag_values=self.flags)
        self.float = partial(flags.DEFINE_float, flag_values=self.flags)
        self.boolean = partial(flags.DEFINE_boolean, flag_values=self.flags)
        self.enum = partial(flags.DEFINE_enum, flag_values=self.flags)
        self.boolean('help', False, 'Show this and exit.', short_name='h')
        self.integer('verbosity', 0, '1 shows the messages of TensorFlow and Magenta, too.')
        self.enum('log', None, ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'],
                  "Magenta's name for it: DEBUG and INFO are --verbosity=1.")

    def require(self, *names):
        """Raises UserError for the first of these flags that was not given."""
        for name in names:
            if self.flags[name].value in (None, ''):
                raise UserError(f'--{name} is required: {self.flags[name].help}')

    def path(self, name):
        """Returns the value of a flag as a Path with ~ expanded, or None if it is empty."""
        value = self.flags[name].value
        return user_path(value) if value else None

    def arguments_of(self, function, **arguments):
        """Returns the arguments of a function by name: these, and the flags of the same names."""
        return {name: arguments[name] if name in arguments else self.flags[name].value
                for name in inspect.signature(function).parameters}

    def run(self, main, argv=None):
        """Runs `main(flags)` as a process does, and exits unless it ends without an error.

        Exit status 2 with one line on standard error for a UserError, an OSError or a flag that
        cannot be parsed; 130 for Ctrl-C and 128 + N for the signal N where a command ends in
        order; other exceptions keep their traceback.

        Args:
            main: function of the parsed flags.
            argv: list of str, without the command's name; the process's own by default.
        """
        for stream in (sys.stdout, sys.stderr):  # Names of files can be what a terminal has not.
            stream.reconfigure(errors='backslashreplace')
        try:
            self._parse(sys.argv[1:] if argv is None else argv)
            if self.flags.help:
                print(self._help_text())
                sys.exit(0)
            if self.flags.verbosity < 1 and self.flags.log not in ('DEBUG', 'INFO'):
                compat.quiet()
            else:  # As loud as TensorFlow is by itself; it keeps `api` from silencing it.
                os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '0')
            main(self.flags)
        except BrokenPipeError:  # The reader of our output has seen enough.
            sys.stderr.close()
        except (UserError, OSError) as error:
            self._fail(_one_line(error), 2)
        except Stopped as stop:
            self._fail(str(stop), stop.status)
        except KeyboardInterrupt:
            self._fail('interrupted', 130)

    def _parse(self, argv):
        for name in self.flags:  # Values of an earlier call in this process.
            self.flags[name].unparse()
        try:
            rest = self.flags([self.name, *argv])[1:]
        except flags.Error as error:
            raise UserError(str(error)) from error
        if rest:
            raise UserError(f'unexpected argument {rest[0]!r}: options are given as --name=value')

    def _help_text(self):
        lines = [f'{self.name}: {self.purpose}', '']
        for name in sorted(set(self.flags) - {'h'}):
            flag = self.flags[name]
            default = '' if flag.default in (None, '') else f' (default: {flag.default})'
            lines += [f'  --{name}', f'      {" ".join(flag.help.split())}{default}']
        return '\n'.join(lines)

    def _fail(self, message, status):
        with suppress(OSError):  # A terminal that was closed.
            print(f'{self.name}: {message}', file=sys.stderr)
        sys.exit(status)


def _one_line(error):
    """Returns an error's message without line breaks; an OSError names the file."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f': {printable(error.filename)}' if error.filename else '')
    return explain(error)
