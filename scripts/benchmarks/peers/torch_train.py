"""Trains the network of basic_rnn in PyTorch, and prints how fast its steps are.

    python torch_train.py BATCHES.npz WEIGHTS.npz WARMUP_STEPS MEASURED_STEPS KEEP_PROB

With KEEP_PROB 1.0 it also prints the loss of the first batch before the first step and after the
last, which can be compared with another program's. It runs where only PyTorch and NumPy are.
"""

import json
import sys

import numpy as np
import torch
from clock import StepClock

# As basic_rnn has them.
_LEARNING_RATE, _CLIP_NORM = 0.001, 5.0
_CELL = 'rnn/multi_rnn_cell/cell_{}/basic_lstm_cell/{}'


class Network(torch.nn.Module):
    """Layers of nn.LSTM, dropout of each one's outputs, and a linear layer.

    Attributes:
        groups: list of list of parameters, whose gradients are one in TensorFlow and clipped as
            one.
    """

    def __init__(self, weights, keep_prob):
        super().__init__()
        kernels = [weights[_CELL.format(number, 'kernel')] for number in range(2)]
        units = [kernel.shape[1] // 4 for kernel in kernels]
        self.lstm = torch.nn.LSTM(len(kernels[0]) - units[0], units[0], num_layers=2,
                                  dropout=1 - keep_prob, batch_first=True)
        self.dropout = torch.nn.Dropout(1 - keep_prob)
        self.linear = torch.nn.Linear(*weights['fully_connected/weights'].shape)
        state = lstm_state(kernels, [weights[_CELL.format(number, 'bias')] for number in range(2)])
        self.lstm.load_state_dict(state)
        self.linear.load_state_dict({
            'weight': torch.tensor(weights['fully_connected/weights'].T),
            'bias': torch.tensor(weights['fully_connected/biases'])})
        self.groups = [[parameter] for parameter in self.linear.parameters()]
        for number in range(2):
            # PyTorch has two biases of the same gradient, where the network has one.
            getattr(self.lstm, f'bias_hh_l{number}').requires_grad_(False)
            self.groups += [[getattr(self.lstm, f'weight_{kind}_l{number}')
                             for kind in ('ih', 'hh')],
                            [getattr(self.lstm, f'bias_ih_l{number}')]]

    def forward(self, inputs):
        return self.linear(self.dropout(self.lstm(inputs)[0]))


def lstm_state(kernels, biases):
    """Returns the state of an nn.LSTM with the weights of BasicLSTMCells.

    Gates are i, j, f, o in a kernel's columns, and i, f, g (which is j), o in PyTorch's rows; 1 is
    added to the forget gate there, and nothing here.

    Args:
        kernels: list of float32 [input_size + units, 4 units].
        biases: list of float32 [4 units].
    """
    state = {}
    for number, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        units = len(bias) // 4
        i, j, f, o = np.split(np.concatenate([kernel, bias[np.newaxis]]), 4, axis=1)
        f = f + np.concatenate([np.zeros((len(kernel), 1)), [[1]]])
        rows = torch.tensor(np.concatenate([i, f, j, o], axis=1).T.astype(np.float32))
        state |= {f'weight_ih_l{number}': rows[:, :-1 - units],
                  f'weight_hh_l{number}': rows[:, -1 - units:-1],
                  f'bias_ih_l{number}': rows[:, -1],
                  f'bias_hh_l{number}': torch.zeros(4 * units)}
    return state


def main(batches_path, weights_path, warmup_steps, measured_steps, keep_prob):
    torch.manual_seed(0)
    with np.load(batches_path) as arrays:
        classes, labels = (torch.tensor(arrays[name].astype(np.int64))
                           for name in ('classes', 'labels'))
    network = Network(np.load(weights_path), float(keep_prob))
    depth = network.lstm.input_size
    optimizer = torch.optim.Adam([parameter for group in network.groups for parameter in group],
                                 _LEARNING_RATE)
    clock = StepClock(int(warmup_steps), int(measured_steps))

    def loss_of(number):
        number %= len(classes)
        inputs = torch.nn.functional.one_hot(classes[number], depth).float()
        return torch.nn.functional.cross_entropy(network(inputs).flatten(0, 1),
                                                 labels[number].flatten())

    losses = {}
    if float(keep_prob) == 1:
        losses['loss_0'] = loss_of(0).item()
    for step in range(clock.num_steps):
        optimizer.zero_grad()
        loss_of(step).backward()
        for group in network.groups:
            torch.nn.utils.clip_grad_norm_(group, _CLIP_NORM)
        optimizer.step()
        clock.step_ended(labels[0].numel())
    if losses:
        print(json.dumps({**losses, f'loss_{clock.num_steps}': loss_of(0).item()}))
    else:
        clock.print_reading()


if __name__ == '__main__':
    main(*sys.argv[1:])
