"""What results.json holds: settings, versions, runs, verdicts, and every section's numbers."""

import platform
import shlex
from importlib import metadata

from magenta_reg.analysis.report.claims import statement
from magenta_reg.analysis.statistics.estimate import plain
from magenta_reg.base.files import printable
from magenta_reg.runs.metrics import acted_share
from magenta_reg.runs.run import Run

_PACKAGES = ['magenta_reg', 'tensorflow', 'note-seq', 'numpy', 'scipy', 'scikit-learn',
             'openTSNE', 'matplotlib']


def to_numbers(comparison, sections, found, options, notes):
    """Returns everything that was measured as JSON holds it, with settings and versions.

    Args:
        found: dict of encoding to list of ClaimVerdict.
        options: dict of flag to value, of the command that makes it again.
    """
    held_out = comparison.held_out
    return {
        'settings': {**options, 'command': command(options),
                     'sequence_example_sha256': comparison.examples.sha256,
                     'melodies_read': held_out.num_read,
                     'melodies_long_enough': held_out.num_long_enough,
                     'melodies_used': len(held_out.melodies)},
        'versions': {'python': platform.python_version(),
                     **{name: metadata.version(name) for name in _PACKAGES}},
        'runs': [_run(run) for run in comparison.runs],
        'judges': [_run(run) for run in comparison.judges],
        'groups': [{'label': group.label, 'method': group.method, 'config': group.encoding,
                    'seeds': [int(seed) for seed in group.seeds]} for group in comparison.groups],
        'notes': notes,
        'verdicts': {encoding: [_verdict(verdict) for verdict in own]
                     for encoding, own in found.items()},
        'sections': {section.name: section.numbers for section in sections},
    }


def command(options):
    """Returns the command with these options that makes the comparison again, into a folder A."""
    flags = [shlex.quote(f'--{name}={value}') for name, value in options.items()]
    return ' '.join(['melody_rnn_reg_analyze', *flags, '--output_dir=A'])


def _run(run):
    return {'label': run.label, 'method': run.method, 'config': run.model.encoding.name,
            'seed': int(run.model.seed), 'step': int(run.model.step),
            'run_dir': printable(run.run_dir), 'weights_sha256': run.model.weights_sha256(),
            'acted': acted_share(Run(run.run_dir).metrics_path, run.model.step)}


def _verdict(verdict):
    return {'claim': verdict.claim, 'statement': statement(verdict.claim),
            'verdict': verdict.word, 'why': verdict.why, 'scope': verdict.scope,
            **plain({'p': verdict.p, 'p_holm': verdict.p_holm,
                     'p_equivalent': verdict.p_equivalent}),
            'parts': [_part(part) for part in verdict.parts]}


def _part(part):
    effect = part.effect
    return {'claim': part.claim, 'part': part.name, 'direction': part.direction,
            'unit': part.unit, 'margin': part.margin, 'is_primary': part.is_primary,
            'verdict': part.word,
            **effect.plain('p', 'p_melodies', 'standard_error', 'degrees_of_freedom', 'n_melodies',
                           'n_seeds', 'test', 'reason')}
