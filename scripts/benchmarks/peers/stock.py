"""Runs a command of the unmodified magenta package and prints the seconds of its main alone.

    python stock.py magenta.scripts.convert_dir_to_note_sequences --input_dir=... --output_file=...

One thing is changed: the dataset command's melody extractor takes the highest of simultaneous
notes. As it comes, it discards every polyphonic track and gives nothing for a performance.
"""

import json
import sys
import time

from absl import flags

from magenta_reg.interop.magenta import import_magenta


def take_highest_notes():
    """Makes Magenta's extractor ignore polyphonic notes instead of discarding their track."""
    extractor = import_magenta('magenta.pipelines.melody_pipelines').MelodyExtractor
    initialize = extractor.__init__

    def initialize_ignoring(self, **options):
        initialize(self, **{**options, 'ignore_polyphonic_notes': True})

    extractor.__init__ = initialize_ignoring


def main(module_name, *arguments):
    module = import_magenta(module_name)
    if module_name.endswith('create_dataset'):
        take_highest_notes()
    flags.FLAGS([module_name, *arguments])
    start = time.perf_counter()
    module.main([])
    print(json.dumps({'main_secs': time.perf_counter() - start}))


if __name__ == '__main__':
    main(*sys.argv[1:])
