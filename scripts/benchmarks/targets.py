"""What each benchmark is to reach, in one place: against which peer, the bar and the aim."""

from typing import NamedTuple

_STOCK_TRAIN = 'stock `melody_rnn_train`'
_STOCK_GENERATE = 'stock `melody_rnn_generate`'
_UPDATE = 'an update of teacher forcing'
_COMMAND = "stock's command"


class Target(NamedTuple):
    """A row of the table.

    Attributes:
        against: str, what it is compared with.
        bar: float or None, what must be reached; None where the number is only stated.
        aim: float or None, what would be good.
        at_most: bool, whether less is better.
    """

    against: str
    bar: float | None = None
    aim: float | None = None
    at_most: bool = False


DATA_WHOLE = Target("stock's two commands", 40, 60)
DATA_MAIN = Target("stock's two mains", 150, 300)
# Seconds a file in a folder of ten times as many, and MiB.
DATA_LINEAR = Target('a tenth of the files', 1.1, at_most=True)
DATA_MEMORY = Target('1 GB', 954, at_most=True)
TRAINING = {'basic_rnn': Target(_STOCK_TRAIN, 1.5, 2), 'lookback_rnn': Target(_STOCK_TRAIN, 1.5, 2),
            'attention_rnn': Target(_STOCK_TRAIN, 1.5, 2.5)}
PYTORCH = Target('PyTorch nn.LSTM on the CPU', 4, 6)
PEAK = Target("this CPU's sgemm peak", 0.5, 0.7)
METHODS = {'scheduled_sampling': Target(_UPDATE, 1.2, 1.1, at_most=True),
           'parallel': Target(_UPDATE, 1.3, 1.2, at_most=True),
           'professor_forcing': Target(_UPDATE, 2.8, 2.2, at_most=True),
           'professor_forcing_authors': Target(_UPDATE), 'seqgan': Target(_UPDATE)}
EVALUATION = Target('stock `melody_rnn_train --eval` to its first numbers', 3, 10)
GENERATION = {'basic_rnn': Target(_STOCK_GENERATE, 737, 1000),
              'lookback_rnn': Target(_STOCK_GENERATE, 672, 900),
              'attention_rnn': Target(_STOCK_GENERATE, 384, 600)}
LIKELIHOOD = Target("stock's melody_log_likelihood, batch size 1", 50, 200)
ANALYSIS_SECS = Target('6 minutes', 360, at_most=True)
STUDY = Target('--jobs=1', 1.3, 1.6)
START = {'help': Target(_COMMAND, 40), 'training': Target(_COMMAND, 1.3),
         'melody': Target(_COMMAND, 1.3)}
GROWTH = Target('slope of log seconds by log size: 1 is linear')
