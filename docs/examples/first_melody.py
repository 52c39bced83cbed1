# %% tags=["script"]
# As a script: python docs/examples/first_melody.py --input=FOLDER --output_dir=FOLDER
# As a notebook: first_melody.ipynb, which scripts/notebook.py makes of this file.
# ruff: noqa: I001  Imports stand where a notebook needs them.
import argparse
import sys

# %% [markdown]
# # A first melody
#
# From a folder of music to melodies that you can hear and see, with a network that you train
# yourself. It takes two to five minutes on two cores, and nothing is downloaded.
#
# The music is `folk`: some 12,000 tunes that come with the music21 package. You can put the path of
# a folder of your own MIDI, ABC or MusicXML files in its place: a hundred files or more.

# %%
import magenta_reg

music = 'folk'
folder = 'first_melody'
num_training_steps = 300

# %% tags=["script"]
parser = argparse.ArgumentParser(description='From music to melodies, heard and seen.')
parser.add_argument('--input', default=music, help='folder of music (default: %(default)s)')
parser.add_argument('--output_dir', default=folder, help='folder to write to (%(default)s)')
parser.add_argument('--num_training_steps', default=num_training_steps, type=int)
options = parser.parse_args()
music, folder, num_training_steps = options.input, options.output_dir, options.num_training_steps
display = print  # What a notebook shows, with sound and pictures, is a line in a shell.


def say(kind, error, trace):
    """Prints bad input in one line; bugs keep their traceback."""
    if issubclass(kind, magenta_reg.UserError):
        print(f'first_melody: {error}', file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = say

# %% [markdown]
# ## 1. A data set
#
# Melodies are cut out of the music: one note at a time, on a grid of sixteenth notes. Of several
# notes that start together the highest is taken. A tenth of the compositions is put aside for
# evaluation: the network is never trained on them, so they show whether it learns or memorizes.

# %%
dataset = magenta_reg.create_dataset(music, f'{folder}/data', config='basic_rnn')
display(dataset)

# %% [markdown]
# ## 2. A network
#
# `dropout` is a training method that comes with the package; `scheduled_sampling` and
# `professor_forcing` are others. The layers are small, so training is fast. Run the cell again
# after an interrupt, or with more steps, and training goes on where it was. With other settings or
# other music it needs another folder, or `overwrite=True`.

# %%
training, evaluation = (dataset.parts[part].path for part in ('training', 'eval'))
result = magenta_reg.train(
    f'{folder}/run', training, eval_sequence_example_file=evaluation, experiment='dropout',
    hparams='rnn_layer_sizes=[64,64],learning_rate=0.005', num_training_steps=num_training_steps)
print(result.evaluation)

# %% [markdown]
# The perplexity says among how many equally likely events the network hesitates, on average, at
# each sixteenth note. There are 38 events: 36 notes, "no event" and "note off".

# %%
model = magenta_reg.load(f'{folder}/run')
display(model)

# %% [markdown]
# ## 3. Melodies
#
# Each melody begins with the first bar of a tune that was put aside (orange); the network goes on
# from there (blue). The same seed gives the same melodies. A `temperature` below 1 makes them less
# bold.

# %%
melodies = model.generate_melodies(
    num_outputs=3, num_steps=128, seed=0, temperature=0.9, primer_from=evaluation)
display(melodies)

# %% [markdown]
# All of them as a page for a browser, and the first one as a MIDI file:

# %%
melodies.save(f'{folder}/melodies.html')
melodies[0].save(f'{folder}/first.mid')
print(f'{folder}/melodies.html')

# %% [markdown]
# ## 4. How likely is it?
#
# The network says of any music how likely it finds it. Here are its own melody, read back from the
# MIDI file, and a scale over two octaves in sixteenth notes. Nearer to 0 is likelier.

# %%
display(model.score(f'{folder}/first.mid'))
scale = [48, 50, 52, 53, 55, 57, 59, 60, 62, 64, 65, 67, 69, 71, 72]
print(f'a scale: {model.log_likelihood([scale]).per_event[0]:.2f} nats/event')
