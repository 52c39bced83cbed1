"""The results of a benchmark: a table for people, JSON for programs, the machine."""

import json
import os
import platform
from importlib import metadata
from pathlib import Path

from magenta_reg.base.errors import UserError
from magenta_reg.base.files import replace_text

_PACKAGES = ('magenta_reg', 'magenta', 'note-seq', 'tensorflow', 'tf_keras', 'numpy', 'symusic')


def table(figures):
    """Returns a job's figures as text, a line each: name, median, range, bar, aim, reached.

    `figures` is a list of dict as `Summary.to_dict` makes them.
    """
    rows = [('metric', 'median', 'min .. max', 'bar', 'aim', 'reached')]
    rows += [(each['name'], number(each['median']),
              f'{number(each["min"])} .. {number(each["max"])}', *_target(each))
             for each in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ['  '.join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
             for row in rows]
    return '\n'.join([lines[0], '-' * len(lines[0]), *lines[1:]])


def markdown(content):
    """Returns the table of all jobs in Markdown, from what the JSON file holds."""
    lines = ['| job | against | median [range] | bar | aim | reached |',
             '|---|---|---|---|---|---|']
    notes = []
    for name, job in content['jobs'].items():
        for each in job['figures']:
            if each['target']:
                lines.append('| ' + ' | '.join([
                    f'{name}: {each["name"]}', each['target']['against'],
                    f'{number(each["median"])} [{number(each["min"])} to {number(each["max"])}] '
                    f'of {_counted(len(each["values"]), "round")}', *_target(each)]) + ' |')
        if job['left_out']:
            notes.append(f'{name}: {job["left_out"]}')
    if content['is_quick']:
        notes.insert(0, 'Quick: small sizes, so these are no measurements.')
    machine = content['machine']
    notes.append(f'{machine["cpu"]}, {_counted(machine["num_cpus"], "core")}, '
                 f'{machine["memory_mib"] / 1024:.0f} GiB, Python {machine["python"]}, '
                 f'TensorFlow {content["versions"]["tensorflow"]}.')
    return '\n'.join([*lines, '', *notes])


def number(value):
    """Returns three significant digits; large numbers keep all digits before the point."""
    return f'{value:,.0f}' if abs(value) >= 100 else f'{value:.3g}'


def _counted(count, noun):
    return f'{count} {noun}' if count == 1 else f'{count} {noun}s'


def _target(figure):
    """Returns bar, aim and what is reached as text; of what has none, empty ones."""
    target = figure['target'] or {'bar': None, 'aim': None, 'at_most': False}
    sign = '<= ' if target['at_most'] else '>= '
    bounds = ['' if bound is None else sign + number(bound)
              for bound in (target['bar'], target['aim'])]
    return [*bounds, figure['reached'] or '']


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


def job_to_dict(job, readings, summaries, observations=()):
    """Returns a Job, its readings, Summaries and remarks in plain types."""
    return {
        'rounds': max(map(len, readings.values()), default=0),
        'peers': {peer.name: {'commands': [[str(part) for part in command]
                                           for command in peer.commands],
                              'readings': list(readings[peer.name])} for peer in job.peers},
        'figures': [summary.to_dict() for summary in summaries],
        'observations': list(observations),
        'left_out': None,
    }


def job_left_out(reason):
    """Returns what stands in the place of a job that could not run."""
    return {'rounds': 0, 'peers': {}, 'figures': [], 'observations': [], 'left_out': reason}


def write_json(path, content):
    """Writes a benchmark's content atomically."""
    replace_text(path, json.dumps(content, indent=2) + '\n')


def jobs_to_resume(path, content):
    """Returns the jobs of a JSON file to go on with.

    Args:
        path: Path.
        content: dict of what is to be measured now, as the file has it.

    Raises:
        UserError: If the file is of another machine, other versions or other sizes.
    """
    before = read_json(path)
    for part in ('machine', 'versions', 'is_quick', 'settings'):
        if before.get(part) != content[part]:
            raise UserError(f'--resume: the {part} of {path} are {before.get(part)}, now they are '
                            f'{content[part]}: measure as before, or give another --output')
    return before['jobs']


def read_json(path):
    """Returns a benchmark's content; UserError if it is none."""
    try:
        content = json.loads(Path(path).read_text())
        if {'machine', 'versions', 'is_quick', 'jobs'} <= set(content):
            return content
    except (ValueError, TypeError):
        pass
    raise UserError(f'{path} is no JSON file of this benchmark: make one with make bench')
