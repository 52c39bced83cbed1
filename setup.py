"""Says what pyproject.toml cannot: configs/ lies at the top, and in a wheel inside the package."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=['magenta_reg', 'magenta_reg.*']),
                'magenta_reg.configs', 'magenta_reg.configs.studies'],
      package_dir={'magenta_reg.configs': 'configs'})
