"""How a comparison was made, for whoever wants to make it again."""

import platform
import shlex
from importlib import metadata

_PACKAGES = ['magenta_reg', 'tensorflow', 'magenta', 'note-seq', 'numpy', 'scipy', 'scikit-learn',
             'openTSNE', 'matplotlib']


def command(options):
    """Returns the command that makes the comparison again, into a folder A.

    Args:
        options: dict of flag to value.
    """
    flags = [shlex.quote(f'--{name}={value}') for name, value in options.items()]
    return ' '.join(['melody_rnn_reg_analyze', *flags, '--output_dir=A'])


def versions():
    """Returns dict of str to str: Python's version and those of the packages that matter."""
    return {'python': platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES}}


def describe_run(run):
    """Returns what identifies a run, as JSON has it.

    Args:
        run: ComparedRun.
    """
    return {'label': run.label, 'method': run.method, 'config': run.model.encoding.name,
            'seed': int(run.model.seed), 'step': int(run.model.step), 'run_dir': str(run.run_dir),
            'weights_sha256': run.model.weights_sha256()}
