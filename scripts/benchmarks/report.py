"""The results of a benchmark: a table for people, JSON for programs, the machine."""

import json
import os
import platform
from importlib import metadata
from pathlib import Path

from magenta_reg.base.files import replace_text

_PACKAGES = ('magenta_reg', 'magenta', 'note-seq', 'tensorflow', 'tf_keras', 'numpy', 'symusic')


def table(summaries):
    """Returns Summaries as text, a line each: metric, median, spread, target, whether it is met."""
    rows = [('metric', 'median', 'min .. max', 'target', '')]
    for summary in summaries:
        rows.append((summary.metric.name, _number(summary.median),
                     f'{_number(min(summary.values))} .. {_number(max(summary.values))}',
                     _target(summary.metric),
                     {True: 'met', False: 'MISSED', None: ''}[summary.is_met()]))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ['  '.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
             for row in rows]
    return '\n'.join([lines[0], '-' * len(lines[0]), *lines[1:]])


def _number(value):
    """Returns three significant digits; large numbers keep all digits before the point."""
    return f'{value:,.0f}' if abs(value) >= 100 else f'{value:.3g}'


def _target(metric):
    bounds = [(metric.at_least, '>='), (metric.at_most, '<=')]
    return ' '.join(f'{sign} {bound:g}' for bound, sign in bounds if bound is not None)


def machine():
    """Returns a dict of the processor, the memory, the system and Python."""
    return {'cpu': _cpu_model(), 'num_cpus': len(os.sched_getaffinity(0)),
            'memory_mib': os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2 ** 20,
            'system': platform.platform(), 'python': platform.python_version()}


def _cpu_model():
    cpuinfo = Path('/proc/cpuinfo')
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.processor() or platform.machine()


def versions():
    """Returns a dict of the installed versions of the packages that matter for speed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def job_to_dict(job, readings, summaries, observations):
    """Returns a Job, its readings, Summaries and remarks in plain types."""
    return {
        'peers': {peer.name: {'commands': [[str(part) for part in command]
                                           for command in peer.commands],
                              'readings': readings[peer.name]} for peer in job.peers},
        'figures': [summary.to_dict() for summary in summaries],
        'observations': observations,
    }


def write_json(path, content):
    """Writes a benchmark's content atomically."""
    replace_text(path, json.dumps(content, indent=2) + '\n')
