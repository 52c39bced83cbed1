"""The data sets of a study: one for each encoding and each share of the training set."""

from typing import NamedTuple

from magenta_reg import api
from magenta_reg.base.errors import UserError
from magenta_reg.base.files import make_folder, read_json, write_json
from magenta_reg.dataset.folder import PART_FILES, read_report

# What a data set was made of, beside it: it is made again if the study asks for another one.
_MADE_OF = 'study.json'


class Cell(NamedTuple):
    """One encoding and one share of the training set: methods are compared within it."""

    config: str
    share: float

    @property
    def name(self):
        """Its folder. That of the whole training set names no share: shares can be added later."""
        return self.config + ('' if self.share == 1 else f'/share_{self.share:g}')

    def file(self, part):
        """Returns the path of a part below the study's folder, str."""
        return f'dataset/{self.name}/{PART_FILES[part]}'

    def holds(self, task):
        """Returns whether a Task is one of its runs."""
        return task.name.split('/', 1)[1].rpartition('/')[0] == self.name


def cells(study):
    """Returns the list of Cells of a Study."""
    return [Cell(config, float(share)) for config in study.configs for share in study.shares]


def make_datasets(study, folder):
    """Makes the data sets that are not there as the study wants them.

    Args:
        study: Study.
        folder: Path of the study.

    Returns:
        dict of Cell to dict of each part that has melodies to the SHA-256 of its file.

    Raises:
        UserError: As `create_dataset`, or if the study has a judge and a data set no part for it.
    """
    return {cell: _make_dataset(study, cell, folder) for cell in cells(study)}


def _make_dataset(study, cell, folder):
    path = folder / 'dataset' / cell.name
    wanted = {**study.data, 'config': cell.config}
    if cell.share == 1:
        wanted.pop('training_share', None)
    else:
        wanted['training_share'] = cell.share
    if read_json(path / _MADE_OF) != wanted or not read_report(path)['parts']:
        print(f'data set: {wanted["input"]} for {cell.name}', flush=True)
        (make_folder(path) / _MADE_OF).unlink(missing_ok=True)
        api.create_dataset(output_dir=path, plot=True, **wanted)
        write_json(path / _MADE_OF, wanted)
    parts = {part: found['sha256'] for part, found in read_report(path)['parts'].items()
             if found['melodies']}
    if study.judge and 'judge' not in parts:
        raise UserError(f'{path} has no part for the judge: give data a judge_ratio above 0, or '
                        'say judge: no')
    return parts
