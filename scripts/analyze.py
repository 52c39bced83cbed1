#!/usr/bin/env python
"""The analysis script: the same as the command melody_rnn_reg_analyze.

    python scripts/analyze.py --run_dirs=R1,R2 --sequence_example_file=D/eval_melodies.tfrecord \
        --output_dir=A
"""

from magenta_reg.cli.analyze import console_entry_point

if __name__ == '__main__':
    console_entry_point()
