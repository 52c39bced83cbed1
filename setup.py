"""Installs magenta_reg and its commands."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = re.search(r"__version__ = '(.+)'", (HERE / 'magenta_reg/__init__.py').read_text())[1]
COMMANDS = ['create_dataset', 'train', 'generate', 'analyze', 'study']

setup(
    name='magenta_reg',
    version=VERSION,
    description='MelodyRNN with dropout, scheduled sampling and professor forcing, compared.',
    long_description=(HERE / 'README.md').read_text(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    packages=find_packages(include=['magenta_reg', 'magenta_reg.*']),
    package_data={'': ['*.html', '*.md', '*.svg']},
    python_requires='>=3.11,<3.14',
    # magenta 2.1.4 pins versions that no current Python has; requirements.txt is the closure
    # that works, installed with --no-deps (see the README).
    install_requires=[
        'absl-py', 'google-crc32c', 'jinja2', 'magenta==2.1.4', 'matplotlib', 'music21', 'note-seq',
        'numpy', 'openTSNE', 'pooch', 'pyyaml', 'requests', 'scikit-learn', 'scipy', 'soundfile',
        'symusic', 'tensorflow', 'tensorflow-probability', 'tf-keras', 'tf-slim', 'threadpoolctl',
        'tqdm',
    ],
    entry_points={'console_scripts': [
        f'melody_rnn_reg_{command}=magenta_reg.cli.entry:{command}'
        for command in COMMANDS
    ]},
)
