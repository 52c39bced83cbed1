"""Files that come with the package, by name and by path, from a clone and from a package."""

from pathlib import Path

import pytest

from magenta_reg.base import shipped
from magenta_reg.base.errors import UserError
from magenta_reg.base.shipped import find_file
from magenta_reg.model.experiment import resolve_experiment
from magenta_reg.study.file import read_study

CONFIGS = Path(__file__).parents[2] / 'configs'
NAMES = sorted(path.stem for path in CONFIGS.glob('*.yaml'))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize('name', NAMES)
def test_a_name_is_the_file_that_comes_with_the_package(name):
    assert find_file(name, 'configs', '.yaml').samefile(CONFIGS / f'{name}.yaml')


def test_experiments_and_studies_have_names():
    assert resolve_experiment('dropout') == resolve_experiment(CONFIGS / 'dropout.yaml')
    study = read_study('quick')
    assert study.data['input'] == 'folk'
    assert (list(study.judge['experiment']), study.judge['seeds']) == (['dropout'], [1])
    assert study.experiment('dropout', 'basic_rnn', 0).hparams['dropout_keep_prob'] == 0.5


def test_a_file_that_exists_goes_over_a_name_and_a_folder_does_not(elsewhere):
    (elsewhere / 'dropout').write_text('')
    (elsewhere / 'baseline').mkdir()
    assert find_file('dropout', 'configs', '.yaml') == Path('dropout')
    assert find_file('baseline', 'configs', '.yaml') == CONFIGS / 'baseline.yaml'


def test_relative_files_lie_beside_another_one(elsewhere):
    (elsewhere / 'x').mkdir()
    (elsewhere / 'mine.yaml').write_text('')
    assert find_file('../mine.yaml', 'configs', '.yaml', elsewhere / 'x').samefile('mine.yaml')
    assert find_file('dropout', 'configs', '.yaml', elsewhere) == CONFIGS / 'dropout.yaml'


@pytest.mark.parametrize('wrong', ['dropuot', 'configs/dropout', 'dropout.yml'])
def test_an_unknown_name_lists_those_there_are(wrong):
    with pytest.raises(UserError) as error:
        find_file(wrong, 'configs', '.yaml')
    assert str(error.value) == f'no such file: {wrong}; by name there are: {", ".join(NAMES)}'


def test_in_an_installed_package_the_files_are_inside_it(elsewhere, monkeypatch):
    inside, stranger = elsewhere / 'site/magenta_reg/configs', elsewhere / 'site/configs'
    for folder in (inside, stranger):
        folder.mkdir(parents=True)
        (folder / 'dropout.yaml').write_text('')
    monkeypatch.setattr(shipped, '_PACKAGE', inside.parent)
    assert find_file('dropout', 'configs', '.yaml') == inside / 'dropout.yaml'
